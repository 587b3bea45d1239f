package dev.farshore.coordinator.volume;

import dev.farshore.schemas.event.Progress;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/** What the sites last reported of their images ({@code farshore.progress}). Thread-safe. */
public interface ImageReports {

    Optional<Progress> find(String vvol, String site);

    /** One report a site. */
    Collection<Progress> of(String vvol);

    /** One report a volume. */
    Collection<Progress> ofSite(String site);

    /** All sites that have reported an image. */
    Set<String> sites();
}
