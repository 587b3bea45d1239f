package dev.farshore.tests.support;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;

/** Schemas in a registry, by way of Confluent's own client. */
public record Schemas(String url) {

    public int register(String subject, String schema) throws Exception {
        return client().register(subject, new AvroSchema(schema));
    }

    public int idOf(String subject) throws Exception {
        return client().getLatestSchemaMetadata(subject).getId();
    }

    private CachedSchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(url, 10);
    }
}
