package dev.farshore.tests.embedded;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;

/** Schemas in a registry, by way of Confluent's own client. */
record Schemas(String url) {

    int register(String subject, String schema) throws Exception {
        return client().register(subject, new AvroSchema(schema));
    }

    int idOf(String subject) throws Exception {
        return client().getLatestSchemaMetadata(subject).getId();
    }

    private CachedSchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(url, 10);
    }
}
