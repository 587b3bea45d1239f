package dev.farshore.apply.site;

import dev.farshore.apply.replica.ApplySettings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * @param site whose images this node keeps
 * @param node its name, unique in the site and the same after a restart
 * @param stateDirectory where Kafka Streams keeps its own small files
 * @param images where and how images are kept
 * @param threadCount how many partitions are applied at once
 * @param standbyReplicas how many other nodes keep a hot copy of each image
 * @param sessionTimeout after which a silent node's volumes go to another
 * @param commitInterval between two notes of the position; standbys follow in such steps
 * @param overrides settings of Kafka Streams, its clients and {@code SiteTaskAssignor} that
 *     override the defaults
 */
public record SiteSettings(
        String site,
        String node,
        String bootstrapServers,
        Path stateDirectory,
        ApplySettings images,
        int threadCount,
        int standbyReplicas,
        Duration sessionTimeout,
        Duration commitInterval,
        Map<String, Object> overrides) {

    public SiteSettings {
        overrides = Map.copyOf(overrides);
        if (threadCount < 1) {
            throw new IllegalArgumentException("threadCount %d: at least 1".formatted(threadCount));
        }
        if (standbyReplicas < 0) {
            throw new IllegalArgumentException(
                    "standbyReplicas %d: at least 0".formatted(standbyReplicas));
        }
    }

    /** What suits a site of one node. */
    public static SiteSettings of(
            String site, String node, String bootstrapServers, Path dataDirectory) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                dataDirectory.resolve("streams"),
                ApplySettings.in(dataDirectory.resolve("images")),
                1,
                0,
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                Map.of());
    }

    public SiteSettings withImages(ApplySettings newImages) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                stateDirectory,
                newImages,
                threadCount,
                standbyReplicas,
                sessionTimeout,
                commitInterval,
                overrides);
    }

    public SiteSettings withThreadCount(int count) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                stateDirectory,
                images,
                count,
                standbyReplicas,
                sessionTimeout,
                commitInterval,
                overrides);
    }

    public SiteSettings withStandbyReplicas(int count) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                stateDirectory,
                images,
                threadCount,
                count,
                sessionTimeout,
                commitInterval,
                overrides);
    }

    public SiteSettings withSessionTimeout(Duration timeout) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                stateDirectory,
                images,
                threadCount,
                standbyReplicas,
                timeout,
                commitInterval,
                overrides);
    }

    public SiteSettings withOverrides(Map<String, Object> newOverrides) {
        return new SiteSettings(
                site,
                node,
                bootstrapServers,
                stateDirectory,
                images,
                threadCount,
                standbyReplicas,
                sessionTimeout,
                commitInterval,
                newOverrides);
    }
}
