package dev.farshore.schemas.registry;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.event.WriteEvent;
import dev.farshore.schemas.event.WriteHeader;
import dev.farshore.schemas.topic.Topics;

import io.confluent.kafka.schemaregistry.CompatibilityLevel;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;

import org.apache.avro.Schema;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The schema of each topic's values, and how it is registered. */
public final class ValueSchemas {

    /** Each topic's schema as this build writes it. */
    public static final Map<String, Schema> BY_TOPIC = byTopic();

    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private ValueSchemas() {}

    private static Map<String, Schema> byTopic() {
        Map<String, Schema> schemas = new LinkedHashMap<>();
        schemas.put(Topics.WRITES, WriteEvent.getClassSchema());
        schemas.put(Topics.HEADERS, WriteHeader.getClassSchema());
        schemas.put(Topics.PROGRESS, Progress.getClassSchema());
        schemas.put(Topics.VOLUMES, VolumeSpec.getClassSchema());
        schemas.put(Topics.MIGRATIONS, MigrationEvent.getClassSchema());
        schemas.put(Topics.CLOCKS, ClockReading.getClassSchema());
        return Map.copyOf(schemas);
    }

    /** Under what name a topic's values are registered (Confluent's TopicNameStrategy). */
    public static String subject(String topic) {
        return topic + "-value";
    }

    /**
     * Registers the schema of one topic for backward compatibility; without effect where it already
     * is.
     *
     * @return its id
     * @throws RegistryUnreachableException if it may work later
     * @throws RegistryException if the registry refuses it
     */
    static int register(SchemaRegistryClient client, String topic) {
        Schema schema = BY_TOPIC.get(topic);
        if (schema == null) {
            throw new IllegalArgumentException(topic + " is not one of " + BY_TOPIC.keySet());
        }
        String subject = subject(topic);
        try {
            // The rule first, so that it judges this very registration. Some registries cannot
            // have a rule for a subject that does not exist yet: there it follows.
            boolean ruled = requireBackwardCompatibility(client, subject);
            int id = client.register(subject, new AvroSchema(schema));
            if (!ruled && !requireBackwardCompatibility(client, subject)) {
                throw new RegistryException(
                        "the registry has schema %d as %s, but then knows no such subject"
                                .formatted(id, subject),
                        null);
            }
            return id;
        } catch (IOException e) {
            throw new RegistryUnreachableException("registering %s: %s".formatted(subject, e), e);
        } catch (RestClientException e) {
            throw explained(subject, e);
        }
    }

    private static boolean requireBackwardCompatibility(SchemaRegistryClient client, String subject)
            throws IOException, RestClientException {
        try {
            client.updateCompatibility(subject, CompatibilityLevel.BACKWARD.name);
            return true;
        } catch (RestClientException e) {
            if (e.getStatus() == NOT_FOUND) {
                return false;
            }
            if (e.getStatus() == CONFLICT) {
                // Apicurio's answer to the later of two that set it at once: nodes that start.
                return CompatibilityLevel.BACKWARD.name.equals(client.getCompatibility(subject));
            }
            throw e;
        }
    }

    private static RegistryException explained(String subject, RestClientException e) {
        if (e.getStatus() == CONFLICT) {
            return new RegistryException(
                    "the registry has a newer or different %s than this build, and says that they are incompatible: %s. Run a build whose schema can read what is registered."
                            .formatted(subject, e.getMessage()),
                    e);
        }
        if (isTransient(e)) {
            return new RegistryUnreachableException(
                    "registering %s: %s".formatted(subject, e.getMessage()), e);
        }
        return new RegistryException(
                "the registry refuses to register %s: %s".formatted(subject, e.getMessage()), e);
    }

    /** An error of the server, or of something before it, or "too many requests". */
    static boolean isTransient(RestClientException e) {
        return e.getStatus() >= 500 || e.getStatus() == 429 || e.getStatus() == 408;
    }
}
