package dev.farshore.coordinator.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.migration.MigrationLimits;
import dev.farshore.process.config.ConfigException;
import dev.farshore.process.config.ConfigFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

class CoordinatorConfigTest {
    private static final String MINIMAL =
            """
            kafka: {bootstrapServers: k1:9092}
            registry: {url: http://r:8081}
            sites: [a, b]
            """;

    @Test
    void shouldFillInWhatIsNotSaid() {
        CoordinatorConfig config = parse(MINIMAL);

        assertThat(config.sites()).containsExactly("a", "b");
        assertThat(config.http()).isEqualTo(new CoordinatorHttpConfig("127.0.0.1", 8088));
        assertThat(config.migrations()).isEqualTo(MigrationLimits.DEFAULT);
        assertThat(config.topics()).isEqualTo(TopicsConfig.DEFAULT);
        assertThat(config.rpo()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void shouldTakeLimitsAndTopicSettings() {
        CoordinatorConfig config =
                parse(
                        MINIMAL
                                + """
                                  migrations: {sealAtLagBytes: 2MiB, sealTimeout: 1500ms}
                                  topics: {partitions: 16, replicationFactor: 1, writesRetention: 2d}
                                  """);

        assertThat(config.migrations().sealAtLagBytes()).isEqualTo(2 << 20);
        assertThat(config.migrations().sealTimeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(config.topics().partitions()).isEqualTo(16);
        assertThat(config.topics().replicationFactor()).isEqualTo((short) 1);
        assertThat(config.topics().writes().time()).isEqualTo(Duration.ofDays(2));
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    topics: {partitions: 0}            | line 4: topics.partitions: 0 is out of range; allowed: 1 to 10000
                    topics: {headersRetention: 1d}     | line 4: topics: headers: kept for
                    topics: {retention: 1d}            | line 4: topics.retention: is no key of this file; allowed here: partitions, replicationFactor, writesRetention
                    migrations: {sealTimeout: 0s}      | line 4: migrations: sealTimeout must be longer than zero
                    migrations: {sealAtLagBytes: much} | line 4: migrations.sealAtLagBytes: 'much' is no size; allowed: bytes, or a number and KiB, MiB, GiB or TiB
                    rpo: 0s                            | line 4: rpo: 0s is out of range; allowed: 1s to 7d
                    http: {port: 70000}                | line 4: http.port: 70000 is out of range; allowed: 0 to 65535
                    """)
    void shouldNameFileLineKeyAndWhatIsAllowed(String line, String complaint) {
        assertThatThrownBy(() -> parse(MINIMAL + line + "\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("coordinator.yaml, ")
                .hasMessageContaining(complaint);
    }

    @Test
    void shouldRefuseASiteNamedTwice() {
        assertThatThrownBy(() -> parse(MINIMAL.replace("[a, b]", "[a, a]")))
                .hasMessageContaining("line 3: sites: a name is there twice");
    }

    @Test
    void shouldShowTheDefaultsInTheExample() {
        String commented = CoordinatorConfig.example();
        // The two limits by size are examples: without them only time counts.
        String uncommented =
                commented
                        .replaceAll("(?m)^ *#.*RetentionBytes.*$", "")
                        .replaceAll("(?m)^( *)#(?=[a-z])", "$1");

        assertThat(uncommented).isNotEqualTo(commented);
        assertThat(parse(uncommented)).isEqualTo(parse(commented));
    }

    private static CoordinatorConfig parse(String text) {
        return CoordinatorConfig.parse(
                "coordinator.yaml", ConfigFile.parse("coordinator.yaml", text));
    }
}
