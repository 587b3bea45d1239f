package dev.farshore.process.http;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/** A request that was refused. Nothing was changed. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Why, in kinds; the HTTP statuses belong to them. */
    public enum Refusal {
        MALFORMED(400, "Request cannot be read"),
        FORBIDDEN(403, "Not allowed"),
        NOT_FOUND(404, "Not found"),
        CONFLICT(409, "Conflicts with the present state"),
        UNSUPPORTED_MEDIA(415, "Body is not of a known type"),
        MISDIRECTED(421, "Not a name of this server"),
        INVALID(422, "Request is not valid");

        private final int status;
        private final String title;

        Refusal(int status, String title) {
            this.status = status;
            this.title = title;
        }

        public int status() {
            return status;
        }

        public String title() {
            return title;
        }
    }

    private final Refusal refusal;
    private final @Nullable String field;

    private RefusedException(Refusal refusal, @Nullable String field, String detail) {
        super(detail);
        this.refusal = refusal;
        this.field = field;
    }

    public static RefusedException malformed(String detail) {
        return new RefusedException(Refusal.MALFORMED, null, detail);
    }

    /** Sent by a web page of somebody else. */
    public static RefusedException forbidden(String detail) {
        return new RefusedException(Refusal.FORBIDDEN, null, detail);
    }

    public static RefusedException unsupportedMedia(String detail) {
        return new RefusedException(Refusal.UNSUPPORTED_MEDIA, null, detail);
    }

    /** Meant for a server of another name. */
    public static RefusedException misdirected(String detail) {
        return new RefusedException(Refusal.MISDIRECTED, null, detail);
    }

    public static RefusedException notFound(String detail) {
        return new RefusedException(Refusal.NOT_FOUND, null, detail);
    }

    public static RefusedException conflict(String detail) {
        return new RefusedException(Refusal.CONFLICT, null, detail);
    }

    public static RefusedException invalid(String field, String detail) {
        return new RefusedException(Refusal.INVALID, field, detail);
    }

    public Refusal refusal() {
        return refusal;
    }

    /** The request's field that is not valid. */
    public Optional<String> field() {
        return Optional.ofNullable(field);
    }

    public String detail() {
        return String.valueOf(getMessage());
    }
}
