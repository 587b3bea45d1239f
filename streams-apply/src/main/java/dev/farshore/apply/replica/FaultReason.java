package dev.farshore.apply.replica;

import dev.farshore.schemas.failure.Reason;

import java.io.IOException;
import java.io.UncheckedIOException;

/** What a {@code FAULTED} replica says of its cause. */
final class FaultReason {
    private FaultReason() {}

    static String of(Throwable error) {
        Throwable cause =
                error instanceof UncheckedIOException && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause instanceof IOException ? Reason.of(cause) : cause.toString();
    }
}
