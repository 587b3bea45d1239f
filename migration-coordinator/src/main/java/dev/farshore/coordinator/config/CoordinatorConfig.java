package dev.farshore.coordinator.config;

import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.process.config.Check;
import dev.farshore.process.config.ConfigFile;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.ExampleFile;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;
import dev.farshore.schemas.topic.TopicSettings;

import org.yaml.snakeyaml.nodes.MappingNode;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the coordinator is told.
 *
 * @param sites known from the start; others become known when a node of theirs reports
 * @param topics how they are created; existing ones are checked, never changed
 * @param retentionWarningPercent warn when less than this share of the log's retention is left
 *     before a slow site is overtaken
 * @param rpo recovery point objective: how old the oldest write may be that a site lacks. It is
 *     shown and warned of, not enforced
 */
public record CoordinatorConfig(
        ConnectionConfig connection,
        CoordinatorHttpConfig http,
        List<String> sites,
        MigrationLimits migrations,
        TopicSettings topics,
        int retentionWarningPercent,
        Duration rpo) {
    private static final Key.Value<List<String>> SITES = Key.texts("sites");
    private static final Key.Value<Integer> RETENTION_WARNING_PERCENT =
            Key.integer("retentionWarningPercent");
    private static final Key.Value<Duration> RPO = Key.duration("rpo");

    /** In the order in which messages list them. */
    private static final List<Key> KEYS =
            List.of(
                    ConnectionConfig.KAFKA,
                    ConnectionConfig.REGISTRY,
                    CoordinatorHttpConfig.HTTP,
                    SITES,
                    MigrationsConfig.MIGRATIONS,
                    TopicsConfig.TOPICS,
                    ConnectionConfig.START_TIMEOUT,
                    RETENTION_WARNING_PERCENT,
                    RPO);

    private static final int DEFAULT_RETENTION_WARNING_PERCENT = 25;
    private static final Duration DEFAULT_RPO = Duration.ofSeconds(60);

    public CoordinatorConfig {
        sites = List.copyOf(sites);
        if (sites.isEmpty()) {
            throw new InvalidValueException(SITES, "is empty", "the names of the sites");
        }
        for (String site : sites) {
            Check.name(SITES, site);
        }
        if (sites.stream().distinct().count() < sites.size()) {
            throw new InvalidValueException(SITES, "a name is there twice", "each name once");
        }
        Check.range(RETENTION_WARNING_PERCENT, retentionWarningPercent, 0, 100);
        Check.range(RPO, rpo, Duration.ofSeconds(1), Duration.ofDays(7));
    }

    /** All else by default. */
    public static CoordinatorConfig of(
            ConnectionConfig connection,
            CoordinatorHttpConfig http,
            List<String> sites,
            TopicSettings topics) {
        return new CoordinatorConfig(
                connection,
                http,
                sites,
                MigrationLimits.DEFAULT,
                topics,
                DEFAULT_RETENTION_WARNING_PERCENT,
                DEFAULT_RPO);
    }

    /** A file to begin with: every key, its default, and what it means. */
    public static String example() {
        return ExampleFile.beside(CoordinatorConfig.class, "coordinator.yaml");
    }

    /**
     * @throws ConfigException if the file is not as it should be
     */
    public static CoordinatorConfig read(Path file) {
        return parse(file.toString(), ConfigFile.read(file));
    }

    static CoordinatorConfig parse(String name, MappingNode yaml) {
        Section file = Section.root(name, yaml, KEYS);
        return file.build(
                () ->
                        new CoordinatorConfig(
                                ConnectionConfig.from(file),
                                CoordinatorHttpConfig.from(file),
                                file.get(SITES),
                                MigrationsConfig.from(file),
                                TopicsConfig.from(file),
                                file.get(
                                        RETENTION_WARNING_PERCENT,
                                        DEFAULT_RETENTION_WARNING_PERCENT),
                                file.get(RPO, DEFAULT_RPO)));
    }
}
