package dev.farshore.process.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keys and values of one level of a configuration file. Every complaint names file, line and key.
 */
public final class Section {
    private final String file;
    private final String path;
    private final @Nullable Mark mark;
    private final Set<String> allowed;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Node> keys = new LinkedHashMap<>();

    /**
     * @param file name, for messages
     * @param path of the section with a dot at its end; empty for the whole file
     * @param node null if the file does not have it
     * @param allowed every key the section may have
     */
    private Section(String file, String path, @Nullable MappingNode node, Set<String> allowed) {
        this.file = file;
        this.path = path;
        this.mark = node == null ? null : node.getStartMark();
        this.allowed = allowed;
        if (node != null) {
            for (NodeTuple tuple : node.getValue()) {
                String key = scalar(tuple.getKeyNode(), "a key");
                if (keys.put(key, tuple.getKeyNode()) != null) {
                    throw complaint(key, "is there twice");
                }
                values.put(key, tuple.getValueNode());
            }
        }
    }

    public static Section root(String file, MappingNode node, String... allowed) {
        return new Section(file, "", node, Set.of(allowed)).withoutUnknownKeys(allowed);
    }

    /** An empty section if there is none of that name. */
    public Section section(String key, String... allowedKeys) {
        Node node = value(key);
        if (node != null && !(node instanceof MappingNode)) {
            throw complaint(key, "has to have keys of its own: " + String.join(", ", allowedKeys));
        }
        return new Section(file, path + key + ".", (MappingNode) node, Set.of(allowedKeys))
                .withoutUnknownKeys(allowedKeys);
    }

    private Section withoutUnknownKeys(String... inOrder) {
        for (String key : keys.keySet()) {
            if (!allowed.contains(key)) {
                throw complaint(
                        key, "is no key of this file; allowed here: " + String.join(", ", inOrder));
            }
        }
        return this;
    }

    public String text(String key) {
        Node node = value(key);
        if (node == null) {
            throw complaint(key, "is missing");
        }
        return scalar(node, key);
    }

    public String text(String key, String otherwise) {
        return value(key) == null ? otherwise : text(key);
    }

    /** A list; a single value counts as a list of one. */
    public List<String> texts(String key) {
        Node node = value(key);
        if (node == null) {
            throw complaint(key, "is missing");
        }
        if (!(node instanceof SequenceNode sequence)) {
            return List.of(scalar(node, key));
        }
        List<String> texts = new ArrayList<>();
        for (Node element : sequence.getValue()) {
            texts.add(scalar(element, key));
        }
        return texts;
    }

    public List<String> texts(String key, List<String> otherwise) {
        return value(key) == null ? otherwise : texts(key);
    }

    /** A list of single values, or of sections; either alone counts as a list of one. */
    public <T> List<T> elements(
            String key,
            Function<String, T> ofText,
            Function<Section, T> ofSection,
            String... allowedKeys) {
        Node node = value(key);
        if (node == null) {
            throw complaint(key, "is missing");
        }
        List<Node> nodes =
                node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
        List<T> elements = new ArrayList<>();
        for (Node element : nodes) {
            if (element instanceof MappingNode mapping) {
                String elementPath = "%s%s[%d].".formatted(path, key, elements.size());
                elements.add(
                        ofSection.apply(
                                new Section(file, elementPath, mapping, Set.of(allowedKeys))
                                        .withoutUnknownKeys(allowedKeys)));
            } else {
                elements.add(ofText.apply(scalar(element, key)));
            }
        }
        return elements;
    }

    /** A free choice of keys, each with one value. */
    public Map<String, String> properties(String key) {
        Node node = value(key);
        Map<String, String> properties = new LinkedHashMap<>();
        if (node == null) {
            return properties;
        }
        if (!(node instanceof MappingNode mapping)) {
            throw complaint(key, "has to be keys and values");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            properties.put(scalar(tuple.getKeyNode(), key), scalar(tuple.getValueNode(), key));
        }
        return properties;
    }

    public int integer(String key, int otherwise) {
        return value(key, otherwise, Section::parseInt);
    }

    public Duration duration(String key, Duration otherwise) {
        return value(key, otherwise, Durations::parse);
    }

    public long bytes(String key, long otherwise) {
        return value(key, otherwise, ByteSizes::parse);
    }

    /**
     * @param parse throws IllegalArgumentException with a text that says what is allowed
     */
    private <T> T value(String key, T otherwise, Function<String, T> parse) {
        if (value(key) == null) {
            return otherwise;
        }
        try {
            return parse.apply(text(key));
        } catch (IllegalArgumentException e) {
            throw complaint(key, String.valueOf(e.getMessage()));
        }
    }

    public boolean flag(String key, boolean otherwise) {
        return value(
                key,
                otherwise,
                text ->
                        switch (text) {
                            case "true" -> true;
                            case "false" -> false;
                            default ->
                                    throw new IllegalArgumentException(
                                            "'%s' is wrong; allowed: true or false"
                                                    .formatted(text));
                        });
    }

    private static int parseInt(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'%s' is wrong; allowed: a whole number".formatted(text), e);
        }
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

    private @Nullable Node value(String key) {
        if (!allowed.contains(key)) {
            throw new IllegalStateException(path + key + " is not among the allowed keys");
        }
        Node node = values.get(key);
        return node == null || node.getTag().equals(Tag.NULL) ? null : node;
    }

    private String scalar(Node node, String key) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw complaint(key, "has to be a single value");
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
