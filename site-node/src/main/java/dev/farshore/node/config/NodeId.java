package dev.farshore.node.config;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.nio.file.Path;

/**
 * Which node it is.
 *
 * @param site whose volumes it holds
 * @param node its name, unique among all nodes
 * @param dataDir holds images, journals and the state of Streams
 */
public record NodeId(String site, String node, Path dataDir) {
    static final Key.Value<String> SITE = Key.text("site");
    static final Key.Value<String> NODE = Key.text("node");
    static final Key.Value<String> DATA_DIR = Key.text("dataDir");

    public NodeId {
        Check.name(SITE, site);
        Check.name(NODE, node);
        dataDir = dataDir.toAbsolutePath().normalize();
    }

    /** The only node of its site, as in demos. */
    public static NodeId onlyOf(String site, Path dataDir) {
        return new NodeId(site, DefaultNodeName.ofOnlyNode(site), dataDir);
    }

    static NodeId from(Section file) {
        String site = file.get(SITE);
        Path dataDir = Path.of(file.get(DATA_DIR));
        return file.build(
                () ->
                        new NodeId(
                                site,
                                file.has(NODE) ? file.get(NODE) : DefaultNodeName.of(site, dataDir),
                                dataDir));
    }
}
