package dev.farshore.capture.read.latest;

import java.io.IOException;

/** A record that is needed is not in the log any more: retention has overtaken the image. */
public final class PayloadGoneException extends IOException {
    private static final long serialVersionUID = 1L;

    public PayloadGoneException(String message) {
        super(message);
    }
}
