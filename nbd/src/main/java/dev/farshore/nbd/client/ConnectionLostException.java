package dev.farshore.nbd.client;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * The connection ended before the server answered. Whether the request was done is unknown: the
 * caller may send it again, here or where the volume is now.
 */
public final class ConnectionLostException extends IOException {
    private static final long serialVersionUID = 1L;

    public ConnectionLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
