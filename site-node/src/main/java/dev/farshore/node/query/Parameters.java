package dev.farshore.node.query;

import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.schemas.event.VolumeSpec;

import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;

/** The query parameters of a request; errors name the parameter. */
final class Parameters {
    private static final int DEFAULT_LIMIT = 1_000;
    private static final int MAX_LIMIT = 10_000;

    private final Context request;

    Parameters(Context request) {
        this.request = request;
    }

    /** A range within the volume; to its end unless the length is given. */
    record Range(long offset, long length) {}

    Range range(VolumeSpec spec) {
        long offset = offset(spec);
        long rest = spec.getSizeBytes() - offset;
        long length = number("length", rest);
        if (length < 0) {
            throw RefusedException.invalid("length", "length must not be negative, is " + length);
        }
        return new Range(offset, Math.min(length, rest));
    }

    /** Where to begin. */
    long offset(VolumeSpec spec) {
        return within(spec, number("offset", 0));
    }

    /** The block's first byte, from the path. */
    long block(VolumeSpec spec, int blockBytes) {
        long offset = within(spec, parse("offset", request.pathParam("offset")));
        if (offset == spec.getSizeBytes()) {
            throw beyond(spec, offset);
        }
        return offset / blockBytes * blockBytes;
    }

    private static long within(VolumeSpec spec, long offset) {
        if (offset < 0 || offset > spec.getSizeBytes()) {
            throw beyond(spec, offset);
        }
        return offset;
    }

    private static RefusedException beyond(VolumeSpec spec, long offset) {
        return RefusedException.invalid(
                "offset",
                "offset %d is outside of volume %s of %d bytes"
                        .formatted(offset, spec.getVvol(), spec.getSizeBytes()));
    }

    /** At most so many elements in one answer. */
    int limit() {
        long limit = number("limit", DEFAULT_LIMIT);
        if (limit < 1 || limit > MAX_LIMIT) {
            throw RefusedException.invalid(
                    "limit", "limit must be 1 to %d, is %d".formatted(MAX_LIMIT, limit));
        }
        return (int) limit;
    }

    /**
     * Since when.
     *
     * @param seq events after this one; 0 for all
     * @param micros events captured after this time, microseconds since 1970; 0 for all
     */
    record Since(long seq, long micros) {}

    /** A seq, or a time after ISO 8601 such as {@code 2026-01-31T12:00:00Z}. */
    Since since() {
        String text = text("since");
        if (text == null) {
            return new Since(0, 0);
        }
        try {
            return new Since(Long.parseLong(text), 0);
        } catch (NumberFormatException notASeq) {
            try {
                return new Since(0, EpochMicros.of(Instant.parse(text)));
            } catch (DateTimeException | ArithmeticException e) {
                throw RefusedException.invalid(
                        "since",
                        "since must be a seq or a time such as 2026-01-31T12:00:00Z, is '%s'"
                                .formatted(text));
            }
        }
    }

    private long number(String name, long absent) {
        String text = text(name);
        return text == null ? absent : parse(name, text);
    }

    private @Nullable String text(String name) {
        String text = request.queryParam(name);
        return text == null || text.isEmpty() ? null : text;
    }

    private static long parse(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw RefusedException.invalid(
                    name, "%s must be a number, is '%s'".formatted(name, text));
        }
    }
}
