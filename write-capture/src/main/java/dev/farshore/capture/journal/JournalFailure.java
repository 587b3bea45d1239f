package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.JournalException;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * Why a journal takes nothing more: its first failure, or that it is closed. A failure is for good,
 * as the kernel may have dropped what it could not write. Threading: any thread.
 */
final class JournalFailure {
    private final Path path;
    private volatile @Nullable JournalException first;

    JournalFailure(Path path) {
        this.path = path;
    }

    @Nullable JournalException first() {
        return first;
    }

    /**
     * @param cause a {@code JournalException}, or the {@code InternalError} by which the JVM says
     *     that the kernel could not page the file in or out
     */
    JournalException fail(Throwable cause) {
        JournalException failed =
                cause instanceof JournalException e
                        ? e
                        : new JournalException(
                                JournalException.Kind.FAILED,
                                "reading or writing journal %s failed".formatted(path),
                                cause);
        if (first == null) {
            first = failed;
        }
        return failed;
    }

    void close() {
        first =
                new JournalException(
                        JournalException.Kind.CLOSED, "journal %s is closed".formatted(path));
    }

    void checkUsable() throws JournalException {
        JournalException earlier = first;
        if (earlier != null) {
            throw new JournalException(
                    earlier.kind(),
                    "journal %s takes nothing more: %s".formatted(path, earlier.getMessage()),
                    earlier);
        }
    }
}
