package dev.farshore.schemas.codec;

import org.apache.kafka.common.errors.SerializationException;

/**
 * A record was written with another schema and that schema could not be fetched. The record may be
 * perfectly good: read it again once the registry answers, never skip it.
 */
public final class SchemaUnavailableException extends SerializationException {
    private static final long serialVersionUID = 1L;

    public SchemaUnavailableException(String message) {
        super(message);
    }

    public SchemaUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
