package dev.farshore.cli.command;

import org.jspecify.annotations.Nullable;

/** The coordinator refused, failed or could not be asked; the message says which and why. */
public final class CoordinatorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean unreachable;

    private CoordinatorException(String message, @Nullable Throwable cause, boolean unreachable) {
        super(message, cause);
        this.unreachable = unreachable;
    }

    static CoordinatorException answered(String message) {
        return new CoordinatorException(message, null, false);
    }

    static CoordinatorException unreachable(String message, Throwable cause) {
        return new CoordinatorException(message, cause, true);
    }

    /** There was no answer: asking again later may help. */
    boolean isUnreachable() {
        return unreachable;
    }
}
