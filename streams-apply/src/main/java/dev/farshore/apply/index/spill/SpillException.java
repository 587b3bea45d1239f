package dev.farshore.apply.index.spill;

/** A part of an index can't be written to disk or read back: that volume's index is of no use. */
public final class SpillException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SpillException(String message, Throwable cause) {
        super(message, cause);
    }

    public SpillException(String message) {
        super(message);
    }
}
