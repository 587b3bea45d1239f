package dev.farshore.process.http;

/** The HTTP server's address can't be used; the message says which and why. */
public final class CannotListenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CannotListenException(String message, Throwable cause) {
        super(message, cause);
    }
}
