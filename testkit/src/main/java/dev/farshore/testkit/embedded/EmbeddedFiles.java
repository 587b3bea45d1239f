package dev.farshore.testkit.embedded;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where the programs of the embedded broker and registry lie, as the build lays them out: {@code
 * kafka/classpath}, {@code kafka/lib} and {@code registry}.
 */
public record EmbeddedFiles(Path root) {

    /** Names that folder where the build's own is not to be used. */
    public static final String ROOT_PROPERTY = "farshore.embedded";

    private static final String KAFKA_CLASSPATH = "kafka/classpath";

    /**
     * Finds them by {@value #ROOT_PROPERTY}, else next to this code.
     *
     * @throws EmbeddedStartException if the build did not put them there
     */
    public static EmbeddedFiles locate() throws EmbeddedStartException {
        String configured = System.getProperty(ROOT_PROPERTY);
        if (configured != null) {
            return at(Path.of(configured))
                    .orElseThrow(
                            () ->
                                    new EmbeddedStartException(
                                            "there is no embedded Kafka and registry in %s (-D%s):"
                                                            .formatted(configured, ROOT_PROPERTY)
                                                    + " a release comes without them, the source"
                                                    + " tree's ./farshore has them"));
        }
        Path code = ownCode();
        for (Path folder = code; folder != null; folder = folder.getParent()) {
            Optional<EmbeddedFiles> found = at(folder.resolve("testkit/embedded/target"));
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new EmbeddedStartException(
                "the embedded Kafka and registry were not found above "
                        + code
                        + ": build them with 'mvn package -pl testkit/embedded', or name their folder"
                        + " with -D"
                        + ROOT_PROPERTY);
    }

    private static Optional<EmbeddedFiles> at(Path root) {
        return Files.isRegularFile(root.resolve(KAFKA_CLASSPATH))
                ? Optional.of(new EmbeddedFiles(root.toAbsolutePath()))
                : Optional.empty();
    }

    /** The broker's jars. */
    List<Path> kafkaClasspath() throws IOException {
        List<Path> jars = new ArrayList<>();
        String listed = Files.readString(root.resolve(KAFKA_CLASSPATH)).strip();
        for (String jar : listed.split(":", -1)) {
            jars.add(root.resolve("kafka").resolve(jar));
        }
        return jars;
    }

    /** For Kafka's own tools, as {@code java -cp} takes it. */
    public String kafkaToolsClasspath() {
        return root.resolve("kafka").resolve("lib") + File.separator + "*";
    }

    Path registryJar() {
        return root.resolve("registry").resolve("quarkus-run.jar");
    }

    /** The jar or folder of classes this class comes from. */
    static Path ownCode() {
        try {
            return Path.of(
                    EmbeddedFiles.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("this class comes from no file", e);
        }
    }
}
