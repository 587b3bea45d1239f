package dev.farshore.capture.journal.file;

import java.io.IOException;

/** A journal that can't be created, opened or trusted any more. */
public final class JournalException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What a caller can tell apart. */
    public enum Kind {
        /** Another process, or another part of this one, has it open. */
        LOCKED,
        /** There is no such file, or at creation: there is one already. */
        WRONG_FILE,
        /** The file's header or both tail slots are damaged, or it is no journal at all. */
        CORRUPT,
        /** The disk has no room for the whole ring. */
        NO_SPACE,
        /** Reading or writing the file failed; what was promised stable before still is. */
        FAILED,
        /** Closed by its owner. */
        CLOSED
    }

    private final Kind kind;

    public JournalException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public JournalException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
