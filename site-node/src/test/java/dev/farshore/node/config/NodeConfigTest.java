package dev.farshore.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.capture.seed.ImportRules;
import dev.farshore.process.config.ConfigException;
import dev.farshore.process.config.ConfigFile;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;

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

class NodeConfigTest {
    private static final String MINIMAL =
            """
            site: a
            dataDir: /data
            kafka:
              bootstrapServers: k1:9092
            registry:
              url: http://r:8081
            nbd:
              listeners: tcp://127.0.0.1:10809
            """;

    @Test
    void shouldFillInWhatIsNotSaid() {
        NodeConfig config = parse(MINIMAL);

        assertThat(config)
                .isEqualTo(
                        NodeConfig.of(
                                new NodeId(
                                        "a",
                                        DefaultNodeName.of("a", Path.of("/data")),
                                        Path.of("/data")),
                                new ConnectionConfig(
                                        new KafkaConfig(List.of("k1:9092"), Map.of()),
                                        new RegistryConfig(URI.create("http://r:8081")),
                                        Duration.ofSeconds(60)),
                                new NbdConfig(
                                        List.of(new Listener.Tcp("127.0.0.1", 10809)),
                                        "localhost")));
        assertThat(config.compression()).isEqualTo(Compression.LZ4);
        assertThat(config.images().hardenInterval()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.images().streams()).isEqualTo(StreamsConfig.DEFAULT);
    }

    @Test
    void shouldNameANodeByItsHostAndThenAsItsFolderWasNamedFirst(@TempDir Path folder)
            throws IOException {
        assertThat(DefaultNodeName.of("a", folder, "Rack-7_4")).isEqualTo("a-rack-7-4");
        assertThat(DefaultNodeName.of("a", folder, "other")).isEqualTo("a-other");

        DefaultNodeName.keep(folder, "a-rack-7-4");

        assertThat(DefaultNodeName.of("a", folder, "other")).isEqualTo("a-rack-7-4");
    }

    @Test
    void shouldKeepTheNameThatEarlierVersionsGaveTheirFolders(@TempDir Path folder)
            throws IOException {
        Files.createDirectories(folder.resolve("journals"));

        assertThat(DefaultNodeName.of("a", folder, "host")).isEqualTo("a-1");
    }

    @Test
    void shouldTakeEveryKey() {
        NodeConfig config =
                parse(
                        """
                        site: b
                        node: b-7
                        dataDir: /data
                        kafka:
                          bootstrapServers: k1:9092, k2:9092
                          properties: {security.protocol: SSL}
                        compression: lz4
                        registry: {url: https://r/api}
                        nbd:
                          listeners: [unix:///run/farshore.sock, tcp://0.0.0.0:0]
                          advertisedHost: b.example
                        streams: {threads: 8, standbyReplicas: 1, sessionTimeout: 6s}
                        hardenInterval: 50ms
                        startTimeout: 2m
                        index: {memoryLimit: 64MiB}
                        """);

        assertThat(config.images().index().memoryLimitBytes()).isEqualTo(64 << 20);
        assertThat(config.node()).isEqualTo("b-7");
        assertThat(config.connection().kafka().bootstrap()).isEqualTo("k1:9092,k2:9092");
        assertThat(config.connection().kafka().clientProperties())
                .containsEntry("security.protocol", "SSL")
                .containsEntry("bootstrap.servers", "k1:9092,k2:9092");
        assertThat(config.compression().kafkaName()).isEqualTo("lz4");
        assertThat(config.servers().nbd().listeners())
                .containsExactly(
                        new Listener.Unix(Path.of("/run/farshore.sock")),
                        new Listener.Tcp("0.0.0.0", 0));
        assertThat(config.servers().nbd().advertisedHost()).isEqualTo("b.example");
        assertThat(config.images().streams())
                .isEqualTo(new StreamsConfig(8, 1, Duration.ofSeconds(6)));
        assertThat(config.images().hardenInterval()).isEqualTo(Duration.ofMillis(50));
        assertThat(config.connection().startTimeout()).isEqualTo(Duration.ofMinutes(2));
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    site: a                | stie: a              | line 1: stie: is no key of this file; allowed here: site, node, dataDir, kafka, compression, registry, nbd, streams, hardenInterval, startTimeout
                    bootstrapServers       | bootstrapServer      | line 4: kafka.bootstrapServer: is no key of this file; allowed here: bootstrapServers, properties
                    site: a                | site: A b            | line 1: site: 'A b' is no name; allowed: 1 to 63 of a-z, 0-9 and '-'
                    site: a                | node: a              | line 1: site: is missing
                    k1:9092                | k1                   | line 4: kafka.bootstrapServers: 'k1' is no address; allowed: HOST:PORT
                    http://r:8081          | r:8081               | line 6: registry.url: 'r:8081' is no address of a registry; allowed: http(s)://HOST:PORT/PATH
                    tcp://127.0.0.1:10809  | tcp://127.0.0.1      | line 8: nbd.listeners: 'tcp://127.0.0.1' is no listener; allowed: tcp://HOST:PORT (PORT 0 for a free one) or unix:///PATH
                    tcp://127.0.0.1:10809  | tcp://a:99999        | line 8: nbd.listeners: 'tcp://a:99999' is no listener
                    site: a                | [site: a             | is not YAML
                    dataDir: /data         | site: a              | line 2: site: is there twice
                    """)
    void shouldNameFileLineKeyAndWhatIsAllowed(String right, String wrong, String complaint) {
        assertThatThrownBy(() -> parse(MINIMAL.replace(right, wrong)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("node.yaml")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hardenInterval: 5ms        | line 9: hardenInterval: 5ms is out of range; allowed: 10ms to 1m
                    hardenInterval: fast       | line 9: hardenInterval: 'fast' is no duration; allowed: a number and a unit, ms, s, m, h or d
                    streams: {threads: 0}      | line 9: streams.threads: 0 is out of range; allowed: 1 to 64
                    streams: {threads: two}    | line 9: streams.threads: 'two' is wrong; allowed: a whole number
                    streams: 2                 | line 9: streams: has to have keys of its own: threads, standbyReplicas, sessionTimeout
                    compression: rar           | line 9: compression: 'rar' is unknown; allowed: none, gzip, snappy, lz4, zstd
                    http: {listen: here}       | line 9: http.listen: 'here' is no address; allowed: HOST:PORT
                    http: {listen: "a:99999"}  | line 9: http.listen: 99999 is out of range; allowed: 0 to 65535
                    node: [a]                  | line 9: node: has to be a single value
                    """)
    void shouldNameWhatIsWrongWithAnOptionalKey(String line, String complaint) {
        assertThatThrownBy(() -> parse(MINIMAL + line + "\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("node.yaml, ")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    tls: required                                | line 8: nbd.listeners[0].certificate: is missing
                    tls: always                                  | line 8: nbd.listeners[0].tls: 'always' is unknown; allowed: off, optional, required
                    tls: optional, certificate: /no, key: /no    | line 8: nbd.listeners[0].certificate: there is no file /no that can be read
                    certificate: /no                             | line 8: nbd.listeners[0].certificate: is of no use with tls: off
                    password: x                                  | line 8: nbd.listeners[0].password: is no key of this file; allowed here: address, tls
                    """)
    void shouldNameWhatIsWrongWithAListenersTls(String keys, String complaint) {
        String listeners = "listeners: [{address: \"tcp://127.0.0.1:0\", %s}]".formatted(keys);
        assertThatThrownBy(
                        () -> parse(MINIMAL.replace("listeners: tcp://127.0.0.1:10809", listeners)))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("node.yaml, ")
                .hasMessageContaining(complaint);
    }

    @Test
    void shouldTakeListenersWithAndWithoutKeysOfTheirOwn() {
        NodeConfig config =
                parse(
                        MINIMAL.replace(
                                        "listeners: tcp://127.0.0.1:10809",
                                        "listeners: [\"unix:///run/a\", {address: \"tcp://h:1\", tls: off}]")
                                + "http: {listen: 127.0.0.1:9808}\n");

        assertThat(config.servers().nbd().listeners())
                .containsExactly(new Listener.Unix(Path.of("/run/a")), new Listener.Tcp("h", 1));
        assertThat(config.servers().http()).isEqualTo(new NodeHttpConfig("127.0.0.1", 9808));
    }

    @Test
    void shouldAllowNoImportsUnlessTold() {
        assertThat(parse(MINIMAL).imports()).isEqualTo(ImportRules.NONE);
        assertThat(parse(MINIMAL + "imports: {folders: [/images], backingFiles: true}\n").imports())
                .isEqualTo(new ImportRules(List.of(Path.of("/images")), true));
        assertThatThrownBy(() -> parse(MINIMAL + "imports: {folders: [images]}\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("imports.folders: 'images' is not absolute");
        assertThatThrownBy(() -> parse(MINIMAL + "imports: {backingFiles: maybe}\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("allowed: true or false");
    }

    @Test
    void shouldTakeAnAddressOfIpv6() {
        assertThat(parse(MINIMAL + "http: {listen: \"[::1]:9808\"}\n").servers().http())
                .isEqualTo(new NodeHttpConfig("::1", 9808));
    }

    @Test
    void shouldPutSingleImagesElsewhere() {
        NodeConfig config =
                parse(MINIMAL + "images: {volumes: {db-data: /dev/vg0/db, log: /mnt/log.img}}\n");

        assertThat(config.images().places())
                .isEqualTo(
                        Map.of("db-data", Path.of("/dev/vg0/db"), "log", Path.of("/mnt/log.img")));
        assertThat(parse(MINIMAL).images().places()).isEmpty();
    }

    @Test
    void shouldRefuseClientSettingsThatWouldBreakItsPromises() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        MINIMAL.replace(
                                                "kafka:\n", "kafka:\n  properties: {acks: 0}\n")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("line 4: kafka.properties: acks is farshore's own to set");
    }

    @Test
    void shouldSayThatAFileIsMissing(@TempDir Path folder) {
        Path file = folder.resolve("node.yaml");

        assertThatThrownBy(() -> NodeConfig.read(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + ": there is no such file");
    }

    @Test
    void shouldGiveAnExampleThatIsRightAsItStands(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("node.yaml"), NodeConfig.example());

        NodeConfig example = NodeConfig.read(file);

        assertThat(example.site()).isEqualTo("a");
    }

    @Test
    void shouldShowTheDefaultsInTheExample() {
        // What is commented out with '#key' shows a default: with or without it, all is the same.
        String commented = NodeConfig.example();
        String uncommented = commented.replaceAll("(?m)^( *)#(?=[a-z])", "$1");

        assertThat(uncommented).isNotEqualTo(commented);
        assertThat(parse(uncommented)).isEqualTo(parse(commented));
    }

    private static NodeConfig parse(String text) {
        return NodeConfig.parse("node.yaml", ConfigFile.parse("node.yaml", text));
    }
}
