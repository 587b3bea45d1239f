package dev.farshore.nbd.client;

import java.io.IOException;

/** The server would not serve the export, or does not speak the protocol. */
public final class NbdNegotiationException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Whether to try again later. */
    public enum Kind {
        /** The server has no such export, or not here, or not now. */
        UNAVAILABLE,
        /** The server refuses for a reason that will not pass by itself. */
        REFUSED,
        /** What the server sent is not the protocol. */
        PROTOCOL
    }

    private final Kind kind;

    public NbdNegotiationException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
