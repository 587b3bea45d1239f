package dev.farshore.schemas.topic;

/** A view of a topic did not get as far as was waited for. */
public final class ViewBehindException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ViewBehindException(String message) {
        super(message);
    }
}
