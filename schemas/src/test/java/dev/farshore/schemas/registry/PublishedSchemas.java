package dev.farshore.schemas.registry;

import org.apache.avro.Schema;
import org.apache.avro.SchemaFormatter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * The schemas that releases have written with: {@code src/main/avro-published/vN/NAME.avsc}, each
 * whole, as the registry got it. Never changed, only added to.
 */
final class PublishedSchemas {
    private static final Path ROOT = Path.of("src/main/avro-published");
    private static final Path PROPOSED = Path.of("target/avro-to-publish");

    private PublishedSchemas() {}

    record Published(int version, String name, Path file, Schema schema) {}

    /** All versions of all schemas, oldest first. */
    static List<Published> all() throws IOException {
        try (var files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".avsc"))
                    .map(PublishedSchemas::read)
                    .sorted(Comparator.comparingInt(Published::version))
                    .toList();
        }
    }

    static List<Published> of(String name) throws IOException {
        return all().stream().filter(published -> published.name().equals(name)).toList();
    }

    private static Published read(Path file) {
        String folder = ROOT.relativize(file).getName(0).toString();
        String name = file.getFileName().toString().replace(".avsc", "");
        try {
            return new Published(
                    Integer.parseInt(folder.substring(1)),
                    name,
                    file,
                    new Schema.Parser().parse(Files.readString(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    /** All that the registry gets, comments and defaults included. */
    static String text(Schema schema) {
        return SchemaFormatter.format("json/pretty", schema);
    }

    /** Leaves the schema where it can be copied from, and says how. */
    static String howToPublish(Schema schema, int version) throws IOException {
        Path proposed = PROPOSED.resolve(schema.getName() + ".avsc");
        Files.createDirectories(PROPOSED);
        Files.writeString(proposed, text(schema) + "\n");
        Path target = ROOT.resolve("v" + version);
        return "If the change is meant, publish it: mkdir -p %s && cp %s %s/ (in the module schemas) and commit that with it. Never change a published file."
                .formatted(target, proposed, target);
    }
}
