package dev.farshore.node.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.process.config.Check;
import dev.farshore.process.config.ConfigFile;
import dev.farshore.process.config.ExampleFile;
import dev.farshore.process.config.HostPort;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.process.config.RegistryConfig;
import dev.farshore.process.config.Section;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node of a site is told.
 *
 * @param site whose volumes it holds
 * @param node its name, unique among all nodes
 * @param dataDir holds images, journals and the state of Streams
 * @param compression of what is sent to Kafka
 * @param hardenInterval longest time between writing to an image and putting it on stable storage
 * @param startTimeout how long to wait for Kafka and the registry at start
 * @param http where it tells of itself; null if it does not
 * @param latest how the exports {@code VVOL@latest} are read
 * @param imagePlaces files or block devices of images that are not with the others, by volume
 * @param index what the dirty-block index may take
 * @param imports what disk images may be imported
 */
public record NodeConfig(
        String site,
        String node,
        Path dataDir,
        KafkaConfig kafka,
        Compression compression,
        RegistryConfig registry,
        Nbd nbd,
        Streams streams,
        Duration hardenInterval,
        Duration startTimeout,
        @Nullable Http http,
        Latest latest,
        Map<String, Path> imagePlaces,
        Index index,
        ImportRules imports) {

    public static final Compression DEFAULT_COMPRESSION = Compression.LZ4;
    public static final Duration DEFAULT_HARDEN_INTERVAL = ofMillis(100);

    public NodeConfig {
        Check.name("site", site);
        Check.name("node", node);
        Check.range("hardenInterval", hardenInterval, ofMillis(10), ofMinutes(1));
        Check.range("startTimeout", startTimeout, ofSeconds(1), ofHours(1));
        dataDir = dataDir.toAbsolutePath().normalize();
        imagePlaces = Map.copyOf(imagePlaces);
    }

    /** Without HTTP, with all images in one place, and with the default limit of the index. */
    public NodeConfig(
            String site,
            String node,
            Path dataDir,
            KafkaConfig kafka,
            Compression compression,
            RegistryConfig registry,
            Nbd nbd,
            Streams streams,
            Duration hardenInterval,
            Duration startTimeout) {
        this(
                site,
                node,
                dataDir,
                kafka,
                compression,
                registry,
                nbd,
                streams,
                hardenInterval,
                startTimeout,
                null,
                Latest.DEFAULT,
                Map.of(),
                Index.DEFAULT,
                ImportRules.NONE);
    }

    /** How a node is called that is the only one of its site, as in demos. */
    public static String defaultName(String site) {
        return site + "-1";
    }

    /** A file to begin with: every key, its default, and what it means. */
    public static String example() {
        return ExampleFile.beside(NodeConfig.class, "node.yaml");
    }

    /**
     * @throws ConfigException if the file is not as it should be
     */
    public static NodeConfig read(Path file) {
        return parse(file.toString(), ConfigFile.read(file));
    }

    static NodeConfig parse(String name, MappingNode yaml) {
        Section file =
                Section.root(
                        name,
                        yaml,
                        "site",
                        "node",
                        "dataDir",
                        "kafka",
                        "compression",
                        "registry",
                        "nbd",
                        "streams",
                        "hardenInterval",
                        "startTimeout",
                        "http",
                        "latest",
                        "images",
                        "index",
                        "imports");
        String site = file.text("site");
        Path dataDir = Path.of(file.text("dataDir"));
        return file.build(
                () ->
                        new NodeConfig(
                                site,
                                file.text("node", DefaultNodeName.of(site, dataDir)),
                                dataDir,
                                KafkaConfig.from(file),
                                Compression.parse(
                                        "compression",
                                        file.text("compression", DEFAULT_COMPRESSION.kafkaName())),
                                RegistryConfig.from(file),
                                Nbd.from(file),
                                Streams.from(file),
                                file.duration("hardenInterval", DEFAULT_HARDEN_INTERVAL),
                                file.duration("startTimeout", KafkaConfig.DEFAULT_START_TIMEOUT),
                                Http.from(file),
                                Latest.from(file),
                                imagePlaces(file),
                                Index.from(file),
                                imports(file)));
    }

    private static ImportRules imports(Section file) {
        Section section = file.section("imports", "folders", "backingFiles");
        return section.build(
                () ->
                        new ImportRules(
                                section.texts("folders", List.of()).stream()
                                        .map(NodeConfig::folder)
                                        .toList(),
                                section.flag("backingFiles", false)));
    }

    private static Path folder(String text) {
        Path folder = Path.of(text);
        if (!folder.isAbsolute()) {
            throw new InvalidValueException(
                    "folders", "'%s' is not absolute".formatted(text), "folders from / on");
        }
        return folder;
    }

    private static Map<String, Path> imagePlaces(Section file) {
        Section images = file.section("images", "volumes");
        Map<String, Path> places = new HashMap<>();
        images.properties("volumes").forEach((vvol, place) -> places.put(vvol, Path.of(place)));
        return places;
    }

    /**
     * Health, metrics and volumes over HTTP, without access control of its own.
     *
     * @param host to listen at; an address of IPv6 has no brackets here
     * @param port 0 for a free one
     * @param allowedHosts names under which it may be asked, beside addresses, the machine's own
     *     and {@code nbd.advertisedHost}
     */
    public record Http(String host, int port, List<String> allowedHosts) {
        private static final Pattern LISTEN = Pattern.compile("(.+):(\\d{1,5})");

        public Http {
            Check.range("listen", port, 0, 65_535);
            host = HostPort.withoutBrackets(host);
            allowedHosts = List.copyOf(allowedHosts);
        }

        /** Known by its addresses and its machine's name. */
        public Http(String host, int port) {
            this(host, port, List.of());
        }

        /** Whether it listens at all addresses of the machine. */
        public boolean isAnyAddress() {
            return host.equals("0.0.0.0") || host.equals("::");
        }

        private static @Nullable Http from(Section file) {
            Section section = file.section("http", "listen", "allowedHosts");
            String listen = section.text("listen", "");
            if (listen.isEmpty()) {
                return null;
            }
            return section.build(
                    () -> {
                        Matcher matcher = LISTEN.matcher(listen);
                        if (!matcher.matches()) {
                            throw new InvalidValueException(
                                    "listen",
                                    "'" + listen + "' is no address",
                                    "HOST:PORT (PORT 0 for a free one)");
                        }
                        return new Http(
                                matcher.group(1),
                                Integer.parseInt(matcher.group(2)),
                                section.texts("allowedHosts", List.of()));
                    });
        }
    }

    /**
     * Of the dirty-block index.
     *
     * @param memoryLimitBytes what it may take of the heap, for all volumes of the node; the rest
     *     goes to disk
     */
    public record Index(long memoryLimitBytes) {
        public static final Index DEFAULT = new Index(IndexMemory.defaultLimitBytes());

        private static final long LEAST_BYTES = 1 << 20;

        public Index {
            if (memoryLimitBytes < LEAST_BYTES) {
                throw new InvalidValueException(
                        "memoryLimit", "is %d bytes".formatted(memoryLimitBytes), "1MiB or more");
            }
        }

        private static Index from(Section file) {
            Section section = file.section("index", "memoryLimit");
            return section.build(
                    () -> new Index(section.bytes("memoryLimit", DEFAULT.memoryLimitBytes)));
        }
    }

    /**
     * Where VMs find their disks.
     *
     * @param listeners at least one
     * @param advertisedHost under which others reach the TCP listeners
     */
    public record Nbd(List<Listener> listeners, String advertisedHost) {
        public Nbd {
            listeners = List.copyOf(listeners);
            if (listeners.isEmpty()) {
                throw new InvalidValueException(
                        "listeners", "is empty", "at least one of " + Listener.RULE);
            }
            if (advertisedHost.isBlank()) {
                throw new InvalidValueException("advertisedHost", "is empty", "a host's name");
            }
        }

        private static Nbd from(Section file) {
            Section section = file.section("nbd", "listeners", "advertisedHost");
            return section.build(
                    () ->
                            new Nbd(
                                    section.elements(
                                            "listeners",
                                            Nbd::listener,
                                            TlsListener::from,
                                            TlsListener.KEYS),
                                    section.text("advertisedHost", "localhost")));
        }

        private static Listener listener(String text) {
            try {
                return Listener.parse(text);
            } catch (IllegalArgumentException e) {
                throw new InvalidValueException("listeners", String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * Of the Kafka Streams application.
     *
     * @param threads that apply events; a volume is applied by one
     * @param standbyReplicas further nodes of the site that hold a hot copy of each volume, as far
     *     as there are such nodes
     * @param sessionTimeout after which a dead node's volumes go to another
     */
    public record Streams(int threads, int standbyReplicas, Duration sessionTimeout) {
        public static final Streams DEFAULT = new Streams(2, 1, ofSeconds(10));

        public Streams {
            Check.range("threads", threads, 1, 64);
            Check.range("standbyReplicas", standbyReplicas, 0, 4);
            Check.range("sessionTimeout", sessionTimeout, ofSeconds(1), ofMinutes(5));
        }

        private static Streams from(Section file) {
            Section section =
                    file.section("streams", "threads", "standbyReplicas", "sessionTimeout");
            return section.build(
                    () ->
                            new Streams(
                                    section.integer("threads", DEFAULT.threads),
                                    section.integer("standbyReplicas", DEFAULT.standbyReplicas),
                                    section.duration("sessionTimeout", DEFAULT.sessionTimeout)));
        }
    }

    /**
     * Of reads of the newest data in the log.
     *
     * @param cacheBytes of the log's records kept for reads to come
     * @param patience how long a read waits for what the node has to know of the log, before it
     *     fails
     */
    public record Latest(long cacheBytes, Duration patience) {
        public static final Latest DEFAULT = new Latest(64L << 20, ofSeconds(20));

        public Latest {
            Check.range("cache", cacheBytes, 1L << 20, 1L << 40);
            Check.range("patience", patience, ofSeconds(1), ofMinutes(10));
        }

        private static Latest from(Section file) {
            Section section = file.section("latest", "cache", "patience");
            return section.build(
                    () ->
                            new Latest(
                                    section.bytes("cache", DEFAULT.cacheBytes),
                                    section.duration("patience", DEFAULT.patience)));
        }
    }
}
