package dev.farshore.process.start;

import java.io.IOException;

/** Something a command needs did not answer in time; the message says what was tried. */
public final class NotReachableException extends IOException {
    private static final long serialVersionUID = 1L;

    NotReachableException(String message) {
        super(message);
    }
}
