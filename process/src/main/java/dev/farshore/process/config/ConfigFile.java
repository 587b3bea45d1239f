package dev.farshore.process.config;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a YAML file as far as its syntax goes. */
public final class ConfigFile {
    private ConfigFile() {}

    /**
     * @throws ConfigException if it can't be read, or is no mapping
     */
    public static MappingNode read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": there is no such file", e);
        } catch (IOException e) {
            throw new ConfigException(file + ": can't be read: " + e, e);
        }
    }

    /**
     * @param name of the file, for messages
     */
    public static MappingNode parse(String name, String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try (Reader reader = new StringReader(text)) {
            Node root = new Yaml(options).compose(reader);
            if (root instanceof MappingNode mapping) {
                return mapping;
            }
            throw new ConfigException(
                    name + ": is " + (root == null ? "empty" : "no list of keys and values"));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
            throw new ConfigException(
                    "%s, line %d: is not YAML: %s".formatted(name, line, e.getProblem()), e);
        } catch (YAMLException | IOException e) {
            throw new ConfigException(name + ": is not YAML: " + e.getMessage(), e);
        }
    }
}
