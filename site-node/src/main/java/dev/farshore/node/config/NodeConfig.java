package dev.farshore.node.config;

import dev.farshore.capture.seed.ImportRules;
import dev.farshore.process.config.ConfigFile;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.config.ExampleFile;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import org.yaml.snakeyaml.nodes.MappingNode;

import java.nio.file.Path;
import java.util.List;

/**
 * What a node of a site is told.
 *
 * @param id whose node it is
 * @param connection to Kafka and the registry
 * @param compression of what is sent to Kafka
 * @param imports what disk images may be imported
 */
public record NodeConfig(
        NodeId id,
        ConnectionConfig connection,
        Compression compression,
        ServersConfig servers,
        ImagesConfig images,
        ImportRules imports) {
    private static final Key.Value<Compression> COMPRESSION = Compression.key("compression");

    /** In the order in which messages list them. */
    private static final List<Key> KEYS =
            List.of(
                    NodeId.SITE,
                    NodeId.NODE,
                    NodeId.DATA_DIR,
                    ConnectionConfig.KAFKA,
                    COMPRESSION,
                    ConnectionConfig.REGISTRY,
                    NbdConfig.NBD,
                    StreamsConfig.STREAMS,
                    ImagesConfig.HARDEN_INTERVAL,
                    ConnectionConfig.START_TIMEOUT,
                    NodeHttpConfig.HTTP,
                    LatestReadsConfig.LATEST,
                    ImagesConfig.IMAGES,
                    IndexConfig.INDEX,
                    ImportsConfig.IMPORTS);

    public static final Compression DEFAULT_COMPRESSION = Compression.LZ4;

    /** All else by default: no HTTP, no imports, all images in one place. */
    public static NodeConfig of(NodeId id, ConnectionConfig connection, NbdConfig nbd) {
        return new NodeConfig(
                id,
                connection,
                DEFAULT_COMPRESSION,
                ServersConfig.of(nbd),
                ImagesConfig.DEFAULT,
                ImportRules.NONE);
    }

    public NodeConfig withConnection(ConnectionConfig other) {
        return new NodeConfig(id, other, compression, servers, images, imports);
    }

    public NodeConfig withCompression(Compression other) {
        return new NodeConfig(id, connection, other, servers, images, imports);
    }

    public NodeConfig withServers(ServersConfig other) {
        return new NodeConfig(id, connection, compression, other, images, imports);
    }

    public NodeConfig withImages(ImagesConfig other) {
        return new NodeConfig(id, connection, compression, servers, other, imports);
    }

    public String site() {
        return id.site();
    }

    public String node() {
        return id.node();
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
        Section file = Section.root(name, yaml, KEYS);
        return new NodeConfig(
                NodeId.from(file),
                ConnectionConfig.from(file),
                file.get(COMPRESSION, DEFAULT_COMPRESSION),
                ServersConfig.from(file),
                ImagesConfig.from(file),
                ImportsConfig.from(file));
    }
}
