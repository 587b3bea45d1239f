package dev.farshore.testkit.embedded;

import java.io.IOException;

/**
 * An embedded broker or registry that did not come up; the message says why and where its log is.
 */
public final class EmbeddedStartException extends IOException {
    private static final long serialVersionUID = 1L;

    EmbeddedStartException(String message) {
        super(message);
    }

    EmbeddedStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
