package dev.farshore.coordinator;

/** The coordinator could not start; nothing of it is left running. */
public final class CoordinatorStartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CoordinatorStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
