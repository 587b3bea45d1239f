package dev.farshore.capture.journal;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * Why a journal takes nothing more, if it does not: the first failure, or that it is closed. Once
 * failed it stays so, as the kernel may have dropped what it could not write. Threading: any
 * thread.
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

    JournalException fail(String what, Throwable cause) {
        return fail(new JournalException(JournalException.Kind.FAILED, what, cause));
    }

    JournalException fail(JournalException e) {
        if (first == null) {
            first = e;
        }
        return e;
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
