package dev.farshore.process.start;

import java.io.IOException;

/**
 * Kafka does not believe who this process is, or the process does not trust Kafka, or its own
 * settings can't be used. Trying again would not help; the message says what to look at.
 */
public final class AuthenticationRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    AuthenticationRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
