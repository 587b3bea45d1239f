package dev.farshore.schemas.topic;

import org.jspecify.annotations.Nullable;

/** The topics are not as they must be, and could not be made so. */
public final class TopicSetupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String mayNotCreate;

    TopicSetupException(String message) {
        this(message, null);
    }

    private TopicSetupException(String message, Throwable cause, String mayNotCreate) {
        super(message, cause);
        this.mayNotCreate = mayNotCreate;
    }

    static TopicSetupException mayNotCreate(String topic, Throwable cause) {
        return new TopicSetupException(
                "topic %s is missing, and this process may not create it".formatted(topic),
                cause,
                topic);
    }

    TopicSetupException(String message, @Nullable Throwable cause) {
        super(message, cause);
        mayNotCreate = "";
    }

    /** A topic that is missing and that this process is not allowed to create; empty for none. */
    public String mayNotCreate() {
        return mayNotCreate;
    }
}
