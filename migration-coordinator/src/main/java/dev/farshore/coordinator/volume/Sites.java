package dev.farshore.coordinator.volume;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.Progress;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The known sites: those configured and those that have reported an image. */
public final class Sites {
    private final Set<String> configured;
    private final ImageReports images;

    public Sites(Set<String> configured, ImageReports images) {
        this.configured = Set.copyOf(configured);
        this.images = images;
    }

    /** In order of their names. */
    public Set<String> known() {
        Set<String> known = new TreeSet<>(configured);
        known.addAll(images.sites());
        return known;
    }

    boolean isConfigured(String site) {
        return configured.contains(site);
    }

    /** What a site has reported of a volume last. */
    Optional<Progress> report(String vvol, String site) {
        return images.find(vvol, site);
    }

    public String requireKnown(String field, @Nullable String site) {
        if (site == null || site.isEmpty()) {
            throw RefusedException.invalid(field, field + " is missing: the name of a site");
        }
        if (!known().contains(site)) {
            throw RefusedException.invalid(
                    field,
                    "%s: site '%s' is not known, known are %s".formatted(field, site, known()));
        }
        return site;
    }
}
