package dev.farshore.schemas.codec;

import org.apache.kafka.common.errors.SerializationException;

/** The bytes of a record are not what its topic holds. Reading it again does not help. */
public final class MalformedRecordException extends SerializationException {
    private static final long serialVersionUID = 1L;

    public MalformedRecordException(String message) {
        super(message);
    }

    public MalformedRecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
