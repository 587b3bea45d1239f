package dev.farshore.coordinator.topic;

import dev.farshore.process.http.UnavailableException;

/** A topic could not be written or read back; what was sent may be in it nevertheless. */
public final class TopicException extends UnavailableException {
    private static final long serialVersionUID = 1;

    TopicException(String message) {
        super(message);
    }

    TopicException(String message, Throwable cause) {
        super(message, cause);
    }
}
