package dev.farshore.coordinator.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;

import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.process.config.Check;
import dev.farshore.process.config.ConfigFile;
import dev.farshore.process.config.ExampleFile;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.process.config.Section;
import dev.farshore.schemas.topic.Retention;
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
 * @param startTimeout how long to wait for Kafka and the registry at start
 * @param retentionWarningPercent when less than that of what the log keeps is left before a slow
 *     site is overtaken, there is a warning
 */
public record CoordinatorConfig(
        KafkaConfig kafka,
        RegistryConfig registry,
        Http http,
        List<String> sites,
        MigrationLimits migrations,
        TopicSettings topics,
        Duration startTimeout,
        int retentionWarningPercent) {

    public static final int DEFAULT_RETENTION_WARNING_PERCENT = 25;

    public static final TopicSettings DEFAULT_TOPICS = TopicSettings.of(64, 3);

    public CoordinatorConfig {
        sites = List.copyOf(sites);
        if (sites.isEmpty()) {
            throw new InvalidValueException("sites", "is empty", "the names of the sites");
        }
        for (String site : sites) {
            Check.name("sites", site);
        }
        if (sites.stream().distinct().count() < sites.size()) {
            throw new InvalidValueException("sites", "a name is there twice", "each name once");
        }
        Check.range("startTimeout", startTimeout, ofSeconds(1), ofHours(1));
        Check.range("retentionWarningPercent", retentionWarningPercent, 0, 100);
    }

    /** With the default warning. */
    public CoordinatorConfig(
            KafkaConfig kafka,
            RegistryConfig registry,
            Http http,
            List<String> sites,
            MigrationLimits migrations,
            TopicSettings topics,
            Duration startTimeout) {
        this(
                kafka,
                registry,
                http,
                sites,
                migrations,
                topics,
                startTimeout,
                DEFAULT_RETENTION_WARNING_PERCENT);
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
        Section file =
                Section.root(
                        name,
                        yaml,
                        "kafka",
                        "registry",
                        "http",
                        "sites",
                        "migrations",
                        "topics",
                        "startTimeout",
                        "retentionWarningPercent");
        return file.build(
                () ->
                        new CoordinatorConfig(
                                KafkaConfig.from(file),
                                RegistryConfig.from(file),
                                Http.from(file),
                                file.texts("sites"),
                                migrations(file),
                                topics(file),
                                file.duration("startTimeout", KafkaConfig.DEFAULT_START_TIMEOUT),
                                file.integer(
                                        "retentionWarningPercent",
                                        DEFAULT_RETENTION_WARNING_PERCENT)));
    }

    private static MigrationLimits migrations(Section file) {
        MigrationLimits otherwise = MigrationLimits.DEFAULT;
        Section section =
                file.section(
                        "migrations",
                        "sealAtLagBytes",
                        "sealAtLagTime",
                        "catchUpTimeout",
                        "sealTimeout",
                        "drainTimeout");
        return section.build(
                () ->
                        new MigrationLimits(
                                section.bytes("sealAtLagBytes", otherwise.sealAtLagBytes()),
                                section.duration("sealAtLagTime", otherwise.sealAtLagTime()),
                                section.duration("catchUpTimeout", otherwise.catchUpTimeout()),
                                section.duration("sealTimeout", otherwise.sealTimeout()),
                                section.duration("drainTimeout", otherwise.drainTimeout())));
    }

    private static TopicSettings topics(Section file) {
        TopicSettings otherwise = DEFAULT_TOPICS;
        Section section =
                file.section(
                        "topics",
                        "partitions",
                        "replicationFactor",
                        "writesRetention",
                        "writesRetentionBytes",
                        "headersRetention",
                        "headersRetentionBytes");
        int partitions = section.integer("partitions", otherwise.partitions());
        int replicationFactor = section.integer("replicationFactor", otherwise.replicationFactor());
        return section.build(
                () -> {
                    Check.range("partitions", partitions, 1, 10_000);
                    Check.range("replicationFactor", replicationFactor, 1, 9);
                    return new TopicSettings(
                            partitions,
                            (short) replicationFactor,
                            retention(
                                    section,
                                    "writesRetention",
                                    "writesRetentionBytes",
                                    otherwise.writes()),
                            retention(
                                    section,
                                    "headersRetention",
                                    "headersRetentionBytes",
                                    otherwise.headers()));
                });
    }

    private static Retention retention(
            Section section, String timeKey, String bytesKey, Retention otherwise) {
        return new Retention(
                section.duration(timeKey, otherwise.time()),
                section.bytes(bytesKey, otherwise.bytesPerPartition()));
    }

    /**
     * Where the REST API listens.
     *
     * @param port 0 for a free one
     * @param allowedHosts names under which it may be asked, beside addresses and the machine's own
     */
    public record Http(String host, int port, List<String> allowedHosts) {
        public static final Http DEFAULT = new Http("127.0.0.1", 8088);

        public Http {
            Check.range("port", port, 0, 65_535);
            allowedHosts = List.copyOf(allowedHosts);
        }

        /** Known by its addresses and its machine's name. */
        public Http(String host, int port) {
            this(host, port, List.of());
        }

        private static Http from(Section file) {
            Section section = file.section("http", "host", "port", "allowedHosts");
            return section.build(
                    () ->
                            new Http(
                                    section.text("host", DEFAULT.host),
                                    section.integer("port", DEFAULT.port),
                                    section.texts("allowedHosts", DEFAULT.allowedHosts)));
        }
    }
}
