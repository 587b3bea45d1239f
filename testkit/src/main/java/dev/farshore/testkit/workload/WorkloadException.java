package dev.farshore.testkit.workload;

import org.jspecify.annotations.Nullable;

/** The workload can't go on: a request was refused, or a volume is not to be reached. */
public final class WorkloadException extends Exception {
    private static final long serialVersionUID = 1L;

    WorkloadException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
