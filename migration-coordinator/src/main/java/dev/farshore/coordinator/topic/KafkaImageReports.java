package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.schemas.event.Progress;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code farshore.progress}, by volume and site: {@link #changed} is fed by a view of the topic.
 */
public final class KafkaImageReports implements ImageReports {
    private static final char SEPARATOR = '@';

    private final Map<String, Map<String, Progress>> bySiteByVvol = new ConcurrentHashMap<>();

    /**
     * @param key {@code vvol@site}
     * @param report null if the image is gone
     */
    public void changed(String key, @Nullable Progress report) {
        if (report != null) {
            bySiteByVvol
                    .computeIfAbsent(report.getVvol(), _ -> new ConcurrentHashMap<>())
                    .put(report.getSite(), report);
            return;
        }
        int at = key.lastIndexOf(SEPARATOR);
        Map<String, Progress> bySite = at < 0 ? null : bySiteByVvol.get(key.substring(0, at));
        if (bySite != null) {
            bySite.remove(key.substring(at + 1));
        }
    }

    @Override
    public Optional<Progress> find(String vvol, String site) {
        Map<String, Progress> bySite = bySiteByVvol.get(vvol);
        return bySite == null ? Optional.empty() : Optional.ofNullable(bySite.get(site));
    }

    @Override
    public Collection<Progress> of(String vvol) {
        Map<String, Progress> bySite = bySiteByVvol.get(vvol);
        return bySite == null ? List.of() : bySite.values();
    }

    @Override
    public Collection<Progress> ofSite(String site) {
        return bySiteByVvol.values().stream()
                .flatMap(bySite -> Stream.ofNullable(bySite.get(site)))
                .toList();
    }

    @Override
    public Set<String> sites() {
        return bySiteByVvol.values().stream()
                .flatMap(bySite -> bySite.keySet().stream())
                .collect(Collectors.toSet());
    }
}
