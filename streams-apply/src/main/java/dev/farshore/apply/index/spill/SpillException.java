package dev.farshore.apply.index.spill;

/** A part of a volume's index can't be written to disk or read back, so that index is useless. */
public final class SpillException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public SpillException(String message, Throwable cause) {
        super(message, cause);
    }

    public SpillException(String message) {
        super(message);
    }
}
