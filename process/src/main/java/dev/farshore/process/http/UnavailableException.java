package dev.farshore.process.http;

/** A request failed because what it needs can't be reached now. Answered with 503. */
public abstract class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    protected UnavailableException(String message) {
        super(message);
    }

    protected UnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
