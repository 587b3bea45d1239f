package dev.farshore.testkit.workload;

import java.io.IOException;
import java.nio.file.Path;

/** A trace that can't be used: which file, which line, and what is wrong with it. */
public final class TraceException extends IOException {
    private static final long serialVersionUID = 1L;

    TraceException(Path file, long line, String problem) {
        super("%s, line %d: %s".formatted(file, line, problem));
    }
}
