package dev.farshore.nbd;

import java.io.IOException;

/** A failed request, and how the client hears of it. Other {@code IOException}s become EIO. */
public final class DeviceException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What the client is told. */
    public enum Kind {
        READ_ONLY,
        NO_SPACE,
        /** The volume is not served here any more; the client is disconnected without an answer. */
        SHUTTING_DOWN,
        NOT_SUPPORTED
    }

    private final Kind kind;

    public DeviceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
