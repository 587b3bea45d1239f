package dev.farshore.process.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keys and values of one level of a configuration file. Every complaint names file, line and key.
 */
public final class Section {
    private final String file;
    private final String path;
    private final @Nullable Mark mark;
    private final List<String> allowed;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Node> keys = new LinkedHashMap<>();

    /**
     * @param file name, for messages
     * @param path of the section with a dot at its end; empty for the whole file
     * @param node null if the file does not have it
     * @param allowed every key the section may have
     */
    private Section(String file, String path, @Nullable MappingNode node, List<Key> allowed) {
        this.file = file;
        this.path = path;
        this.mark = node == null ? null : node.getStartMark();
        this.allowed = allowed.stream().map(Key::name).toList();
        if (node != null) {
            for (NodeTuple tuple : node.getValue()) {
                String key = scalar(tuple.getKeyNode(), "a key");
                if (keys.put(key, tuple.getKeyNode()) != null) {
                    throw complaint(key, "is there twice");
                }
                values.put(key, tuple.getValueNode());
            }
        }
        requireKnownKeys();
    }

    private void requireKnownKeys() {
        for (String key : keys.keySet()) {
            if (!allowed.contains(key)) {
                throw complaint(
                        key, "is no key of this file; allowed here: " + String.join(", ", allowed));
            }
        }
    }

    /** The whole file. */
    public static Section root(String file, MappingNode node, List<Key> allowed) {
        return new Section(file, "", node, allowed);
    }

    /** An empty section if there is none of that name. */
    public Section section(Key.Group group) {
        Node node = value(group);
        if (node != null && !(node instanceof MappingNode)) {
            throw complaint(
                    group.name(),
                    "has to have keys of its own: "
                            + String.join(", ", group.keys().stream().map(Key::name).toList()));
        }
        return nested(group.name(), (MappingNode) node, group.keys());
    }

    Section nested(String name, @Nullable MappingNode node, List<Key> allowedKeys) {
        return new Section(file, path + name + ".", node, allowedKeys);
    }

    /**
     * @throws ConfigException if it is missing
     */
    public <T> T get(Key.Value<T> key) {
        Node node = value(key);
        if (node == null) {
            throw complaint(key.name(), "is missing");
        }
        return key.read(this, node);
    }

    public <T> T get(Key.Value<T> key, T otherwise) {
        return has(key) ? get(key) : otherwise;
    }

    public boolean has(Key key) {
        return value(key) != null;
    }

    /** Builds a record from this section: what its constructor refuses is reported as the rest. */
    public <T> T build(Supplier<T> constructor) {
        try {
            return constructor.get();
        } catch (InvalidValueException e) {
            throw complaint(e.key(), e.problem());
        } catch (IllegalArgumentException e) {
            throw complaint("", String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Node value(Key key) {
        if (!allowed.contains(key.name())) {
            throw new IllegalStateException(path + key.name() + " is not among the allowed keys");
        }
        Node node = values.get(key.name());
        return node == null || node.getTag().equals(Tag.NULL) ? null : node;
    }

    <T> T parse(String key, String text, Function<String, T> parse) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw complaint(key, String.valueOf(e.getMessage()));
        }
    }

    String scalar(Node node, String key) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw complaint(key, "has to be a single value");
    }

    MappingNode mapping(String key, Node node) {
        if (node instanceof MappingNode mapping) {
            return mapping;
        }
        throw complaint(key, "has to be keys and values");
    }

    static List<Node> elements(Node node) {
        return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
    }

    private ConfigException complaint(String key, String problem) {
        Node node = keys.get(key);
        Mark where = node == null ? mark : node.getStartMark();
        String name =
                key.isEmpty() && !path.isEmpty()
                        ? path.substring(0, path.length() - 1)
                        : path + key;
        return new ConfigException(
                "%s%s: %s: %s"
                        .formatted(
                                file,
                                where == null ? "" : ", line " + (where.getLine() + 1),
                                name,
                                problem));
    }
}
