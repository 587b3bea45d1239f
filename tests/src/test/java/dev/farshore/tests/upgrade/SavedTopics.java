package dev.farshore.tests.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Records and schemas as they were saved: the same bytes at the same offsets. */
final class SavedTopics {
    private static final Pattern SCHEMA_FILE = Pattern.compile("(\\d+)-(.*)\\.avsc");

    private final Path folder;

    SavedTopics(Path folder) {
        this.folder = folder;
    }

    /** Puts everything into topics that exist and are empty, and into a new registry. */
    void restore(String bootstrapServers, String registryUrl)
            throws IOException, RestClientException, InterruptedException, ExecutionException {
        Map<Integer, Integer> ids = registerSchemas(registryUrl);
        Map<String, Object> settings =
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                        1);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String line : Files.readAllLines(folder.resolve("topics.tsv"))) {
                List<String> fields = List.of(line.split("\t"));
                RecordMetadata taken =
                        producer.send(
                                        new ProducerRecord<>(
                                                fields.get(0),
                                                Integer.valueOf(fields.get(1)),
                                                bytes(fields.get(4)),
                                                withSchemaOf(bytes(fields.get(5)), ids)))
                                .get();
                assertThat(taken.offset())
                        .as(fields.get(0))
                        .isEqualTo(Long.parseLong(fields.get(2)));
            }
        }
    }

    private static byte @Nullable [] bytes(String field) {
        return field.equals("-") ? null : Base64.getDecoder().decode(field);
    }

    /** A value begins with a zero and the id that its schema had in the registry of then. */
    private static byte @Nullable [] withSchemaOf(
            byte @Nullable [] value, Map<Integer, Integer> ids) {
        if (value != null) {
            ByteBuffer buffer = ByteBuffer.wrap(value);
            buffer.putInt(1, ids.get(buffer.getInt(1)));
        }
        return value;
    }

    private Map<Integer, Integer> registerSchemas(String url)
            throws IOException, RestClientException {
        Map<Integer, Integer> ids = new HashMap<>();
        try (SchemaRegistryClient registry = new CachedSchemaRegistryClient(url, 100);
                Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                Matcher name = SCHEMA_FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    ids.put(
                            Integer.valueOf(name.group(1)),
                            registry.register(
                                    name.group(2), new AvroSchema(Files.readString(file))));
                }
            }
        }
        return ids;
    }
}
