package dev.farshore.nbd;

/** An export that can't be opened; the message is for the client's user. */
public final class ExportUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why, in the protocol's terms. */
    public enum Kind {
        /** NBD_REP_ERR_UNKNOWN. */
        UNKNOWN,
        /** NBD_REP_ERR_SHUTDOWN: not (or no longer) served here. */
        ELSEWHERE,
        /** NBD_REP_ERR_POLICY. */
        FORBIDDEN
    }

    private final Kind kind;

    public ExportUnavailableException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
