package dev.farshore.process.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Secrets in files, and who they belong to. */
class SecretsTest {
    private static final Map<String, String> PROVIDERS =
            Map.of(
                    "config.providers",
                    "file",
                    "config.providers.file.class",
                    "org.apache.kafka.common.config.provider.FileConfigProvider");

    @TempDir private Path folder;

    @Test
    void shouldGiveTheRegistrysClientWhatAFileHasByKafkasProviders() throws IOException {
        Path secrets = Files.writeString(folder.resolve("secrets"), "registry=hush\n");
        ConnectionConfig connection =
                new ConnectionConfig(
                        new KafkaConfig(List.of("kafka:9092"), PROVIDERS),
                        new RegistryConfig(
                                URI.create("https://registry"),
                                Map.of(
                                        "basic.auth.credentials.source",
                                        "USER_INFO",
                                        "basic.auth.user.info",
                                        "node-a:${file:" + secrets + ":registry}")),
                        Duration.ofSeconds(1));

        assertThat(connection.registryProperties())
                .containsOnly(
                        Map.entry("basic.auth.credentials.source", "USER_INFO"),
                        Map.entry("basic.auth.user.info", "node-a:hush"));
        assertThat(connection.toString()).doesNotContain("hush");
    }

    @Test
    void shouldNotTellSecretsInItsText() {
        assertThat(new KafkaConfig(List.of("kafka:9092"), Map.of("sasl.jaas.config", "hush")))
                .hasToString("KafkaConfig[kafka:9092, properties [sasl.jaas.config]]");
    }

    @Test
    void shouldRefuseAPasswordInTheRegistrysUrl() {
        assertThatThrownBy(() -> new RegistryConfig(URI.create("https://me:hush@registry")))
                .hasMessageContaining("registry.properties")
                .hasMessageNotContaining("hush");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SASL_SSL | org.x.ScramLoginModule required username=\"node-a\" password=\"p\"; | User:node-a",
                "sasl_plaintext | org.x.PlainLoginModule required password=\"p\" username=b; | User:b",
                "SASL_SSL | org.x.Krb5LoginModule required; | User:NAME",
                "SSL | '' | User:CERTIFICATE-SUBJECT",
                "PLAINTEXT | '' | User:ANONYMOUS"
            })
    void shouldKnowAsWhomKafkaKnowsAClient(String protocol, String jaas, String principal) {
        assertThat(
                        new KafkaConfig(
                                        List.of("kafka:9092"),
                                        Map.of(
                                                "security.protocol",
                                                protocol,
                                                "sasl.jaas.config",
                                                jaas))
                                .principal())
                .isEqualTo(principal);
    }
}
