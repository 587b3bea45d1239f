package dev.farshore.coordinator;

import dev.farshore.coordinator.migration.MigrationLimits;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * @param kafka settings of a Kafka client: {@code bootstrap.servers}, security
 * @param httpPort 0 for any free one
 * @param sites that may be named before they have reported an image
 * @param lagLookBackRecords how far before its end each partition of {@code farshore.headers} is
 *     read at start, at most, where an image is so far behind
 * @param startTimeout how long start may take to read the topics
 * @param writeTimeout how long Kafka may take to acknowledge, and to give back, what is written
 * @param warnBelowRetentionShare a site is warned of when less than that of what the log keeps is
 *     left before it is overtaken; 0 to 1
 * @param httpNames further names under which the HTTP server may be asked, beside the machine's own
 */
public record CoordinatorSettings(
        Map<String, Object> kafka,
        String httpHost,
        int httpPort,
        Set<String> sites,
        MigrationLimits migration,
        long lagLookBackRecords,
        Duration startTimeout,
        Duration writeTimeout,
        double warnBelowRetentionShare,
        Set<String> httpNames) {
    public static final double DEFAULT_WARN_BELOW_RETENTION_SHARE = 0.25;
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 8088;
    public static final long DEFAULT_LAG_LOOK_BACK_RECORDS = 10_000_000;
    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    public CoordinatorSettings {
        kafka = Map.copyOf(kafka);
        sites = Set.copyOf(sites);
        httpNames = Set.copyOf(httpNames);
        require(kafka.containsKey(BOOTSTRAP_SERVERS), "kafka: bootstrap.servers is missing");
        require(!httpHost.isBlank(), "httpHost is missing");
        require(httpPort >= 0 && httpPort <= 65_535, "httpPort must be 0 to 65535, is " + httpPort);
        require(lagLookBackRecords >= 0, "lagLookBackRecords must not be negative");
        require(startTimeout.isPositive(), "startTimeout must be longer than zero");
        require(writeTimeout.isPositive(), "writeTimeout must be longer than zero");
        require(
                warnBelowRetentionShare >= 0 && warnBelowRetentionShare <= 1,
                "warnBelowRetentionShare must be 0 to 1, is " + warnBelowRetentionShare);
    }

    /** All else by default. */
    public static CoordinatorSettings of(
            String bootstrapServers, String httpHost, int httpPort, Set<String> sites) {
        return new CoordinatorSettings(
                Map.of(BOOTSTRAP_SERVERS, bootstrapServers),
                httpHost,
                httpPort,
                sites,
                MigrationLimits.DEFAULT,
                DEFAULT_LAG_LOOK_BACK_RECORDS,
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                DEFAULT_WARN_BELOW_RETENTION_SHARE,
                Set.of());
    }

    public String bootstrapServers() {
        return String.valueOf(kafka.get(BOOTSTRAP_SERVERS));
    }

    private static void require(boolean isValid, String otherwise) {
        if (!isValid) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
