package dev.farshore.schemas.codec;

import org.apache.avro.Schema;

/** Where the schema of a record written by an older or newer node is found. */
@FunctionalInterface
public interface WriterSchemas {

    /** Knows no schema but the codec's own. */
    WriterSchemas NONE =
            id -> {
                throw new SchemaUnavailableException(
                        "schema id %d is not the known one, and there is no registry to ask"
                                .formatted(id));
            };

    /**
     * The schema registered under {@code id}.
     *
     * @throws SchemaUnavailableException if the registry does not answer
     * @throws MalformedRecordException if there is no such schema
     */
    Schema byId(int id);
}
