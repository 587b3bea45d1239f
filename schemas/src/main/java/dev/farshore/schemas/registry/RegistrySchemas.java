package dev.farshore.schemas.registry;

import dev.farshore.schemas.codec.MalformedRecordException;
import dev.farshore.schemas.codec.SchemaUnavailableException;
import dev.farshore.schemas.codec.WriterSchemas;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

import org.apache.avro.Schema;

import java.io.IOException;
import java.time.Duration;

/**
 * Schemas of other builds, from the registry.
 *
 * <p>"Not found" is believed only after a while: a replica of the registry may answer before it has
 * heard of a schema that another node registered a moment ago, and the record would be taken for
 * garbage. Until then the reading thread waits; it happens once a schema.
 */
final class RegistrySchemas implements WriterSchemas {
    private static final int NOT_FOUND = 404;
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final SchemaRegistryClient client;
    private final int tries;

    RegistrySchemas(SchemaRegistryClient client, Duration patience) {
        this.client = client;
        this.tries = 1 + Math.toIntExact(patience.dividedBy(PAUSE));
    }

    @Override
    public Schema byId(int id) {
        for (int attempt = 1; ; attempt++) {
            try {
                ParsedSchema found = client.getSchemaById(id);
                if (found.rawSchema() instanceof Schema schema) {
                    return schema;
                }
                throw new MalformedRecordException(
                        "schema id %d is not Avro but %s".formatted(id, found.schemaType()));
            } catch (RestClientException e) {
                if (e.getStatus() != NOT_FOUND) {
                    throw unavailable(id, e);
                }
                if (attempt == tries) {
                    throw new MalformedRecordException(
                            "the registry knows no schema with id " + id, e);
                }
            } catch (IOException e) {
                throw unavailable(id, e);
            }
            pause(id);
        }
    }

    private static SchemaUnavailableException unavailable(int id, Exception cause) {
        return new SchemaUnavailableException(
                "schema id %d could not be fetched from the registry: %s".formatted(id, cause),
                cause);
    }

    private static void pause(int id) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable(id, e);
        }
    }
}
