package dev.farshore.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.registry.PublishedSchemas.Published;

import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Topics hold records of every release there was, and sites are not upgraded at the same moment:
 * both directions must stay readable.
 */
class PublishedSchemasTest {

    static Collection<Schema> current() {
        return ValueSchemas.BY_TOPIC.values();
    }

    static List<Published> published() throws IOException {
        return PublishedSchemas.all();
    }

    @ParameterizedTest
    @MethodSource("published")
    void shouldReadWhatEveryReleaseHasWritten(Published published) {
        assertReads(
                currentOf(published),
                published.schema(),
                "This build could not read the records that %s has written (backward compatibility). A field may be added only with a default, and removed only if it has one"
                        .formatted(published.file()));
    }

    @ParameterizedTest
    @MethodSource("published")
    void shouldWriteWhatEveryReleaseCanRead(Published published) {
        assertReads(
                published.schema(),
                currentOf(published),
                "A site still running %s could not read this build's records (forward compatibility). Keep every field that has no default there"
                        .formatted(published.file()));
    }

    @ParameterizedTest
    @MethodSource("current")
    void shouldHaveItsNewestVersionPublished(Schema current) throws IOException {
        List<Published> versions = PublishedSchemas.of(current.getName());
        int newest = versions.isEmpty() ? 0 : versions.getLast().version();
        String published =
                versions.isEmpty() ? "" : PublishedSchemas.text(versions.getLast().schema());

        assertThat(published)
                .as(
                        "%s is not what was published last (v%d). %s",
                        current.getName(),
                        newest,
                        PublishedSchemas.howToPublish(current, newest + 1))
                .isEqualTo(PublishedSchemas.text(current));
    }

    @Test
    void shouldKeepEverySchemaThatWasPublished() throws IOException {
        Set<String> names =
                current().stream().map(Schema::getName).collect(Collectors.toUnmodifiableSet());

        assertThat(published()).extracting(Published::name).isSubsetOf(names);
    }

    @Test
    void shouldTellAnIncompatibleChangeFromACompatibleOne() {
        Schema old = parse("{\"name\": \"a\", \"type\": \"int\"}");
        Schema withoutDefault =
                parse("{\"name\": \"a\", \"type\": \"int\"}, {\"name\": \"b\", \"type\": \"int\"}");
        Schema withDefault =
                parse(
                        "{\"name\": \"a\", \"type\": \"int\"}, {\"name\": \"b\", \"type\": \"int\", \"default\": 0}");

        assertThat(check(withDefault, old).getType()).isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        assertThat(check(withoutDefault, old).getType())
                .isEqualTo(SchemaCompatibilityType.INCOMPATIBLE);
    }

    private static Schema parse(String fields) {
        return new Schema.Parser()
                .parse(
                        "{\"type\": \"record\", \"name\": \"R\", \"fields\": [%s]}"
                                .formatted(fields));
    }

    private static Schema currentOf(Published published) {
        return current().stream()
                .filter(schema -> schema.getName().equals(published.name()))
                .findFirst()
                .orElseThrow(
                        () ->
                                new AssertionError(
                                        published.file() + " has no schema in this build"));
    }

    private static void assertReads(Schema reader, Schema writer, String otherwise) {
        SchemaPairCompatibility result = check(reader, writer);
        assertThat(result.getType())
                .as("%s. %s", otherwise, result.getResult().getIncompatibilities())
                .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
    }

    private static SchemaPairCompatibility check(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    }
}
