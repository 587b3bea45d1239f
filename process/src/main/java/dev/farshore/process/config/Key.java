package dev.farshore.process.config;

import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A key of a configuration file. Whoever reads a section has a constant for each of its keys: the
 * only place where the key's text and the form of its value stand.
 */
public sealed interface Key {

    /** As it stands in the file, without the sections around it. */
    String name();

    /** A key with a value. */
    final class Value<T> implements Key {

        /** Reads what stands at the key. */
        interface Reader<T> {
            T read(Section section, Node node);
        }

        private final String name;
        private final Reader<T> reader;

        private Value(String name, Reader<T> reader) {
            this.name = name;
            this.reader = reader;
        }

        @Override
        public String name() {
            return name;
        }

        T read(Section section, Node node) {
            return reader.read(section, node);
        }
    }

    /**
     * A key with a section.
     *
     * @param keys all that the section may have, in the order in which messages list them
     */
    record Group(String name, List<Key> keys) implements Key {
        public Group {
            keys = List.copyOf(keys);
        }
    }

    static Group group(String name, Key... keys) {
        return new Group(name, List.of(keys));
    }

    static Value<String> text(String name) {
        return single(name, Function.identity());
    }

    static Value<Integer> integer(String name) {
        return single(name, Key::parseInt);
    }

    static Value<Boolean> flag(String name) {
        return single(name, Key::parseFlag);
    }

    static Value<Duration> duration(String name) {
        return single(name, Durations::parse);
    }

    static Value<Long> bytes(String name) {
        return single(name, ByteSizes::parse);
    }

    /**
     * A single value.
     *
     * @param parse throws IllegalArgumentException with a text that says what is allowed
     */
    static <T> Value<T> single(String name, Function<String, T> parse) {
        return new Value<>(
                name, (section, node) -> section.parse(name, section.scalar(node, name), parse));
    }

    /** A list; a single value counts as a list of one. */
    static Value<List<String>> texts(String name) {
        return new Value<>(
                name,
                (section, node) ->
                        Section.elements(node).stream()
                                .map(element -> section.scalar(element, name))
                                .toList());
    }

    /** A list of single values, or of sections with these keys; one alone is a list of one. */
    static <T> Value<List<T>> elements(
            String name,
            Function<String, T> ofText,
            Function<Section, T> ofSection,
            List<Key> keys) {
        return new Value<>(
                name,
                (section, node) -> {
                    List<Node> nodes = Section.elements(node);
                    List<T> elements = new ArrayList<>();
                    for (Node element : nodes) {
                        elements.add(
                                element instanceof MappingNode mapping
                                        ? ofSection.apply(
                                                section.nested(
                                                        "%s[%d]".formatted(name, elements.size()),
                                                        mapping,
                                                        keys))
                                        : ofText.apply(section.scalar(element, name)));
                    }
                    return elements;
                });
    }

    /** A free choice of keys, each with one value. */
    static Value<Map<String, String>> properties(String name) {
        return new Value<>(
                name,
                (section, node) -> {
                    Map<String, String> properties = new LinkedHashMap<>();
                    section.mapping(name, node)
                            .getValue()
                            .forEach(
                                    tuple ->
                                            properties.put(
                                                    section.scalar(tuple.getKeyNode(), name),
                                                    section.scalar(tuple.getValueNode(), name)));
                    return properties;
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

    private static boolean parseFlag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "'%s' is wrong; allowed: true or false".formatted(text));
        };
    }
}
