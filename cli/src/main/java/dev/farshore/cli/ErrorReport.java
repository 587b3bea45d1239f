package dev.farshore.cli;

import java.io.PrintWriter;

/** Says what went wrong, in the way the person at the terminal needs it. */
final class ErrorReport {
    static final int FAILED = 1;
    static final int INTERRUPTED = 130;

    private ErrorReport() {}

    /** Returns the exit status. */
    static int print(Exception failure, PrintWriter err, boolean verbose) {
        if (failure instanceof InterruptedException) {
            err.println("farshore: interrupted");
            return INTERRUPTED;
        }
        err.println("farshore: " + text(failure));
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause.getMessage() == null || !text(failure).contains(cause.getMessage())) {
                err.println("  because: " + text(cause));
            }
        }
        if (verbose) {
            failure.printStackTrace(err);
        } else if (isUnexpected(failure)) {
            err.println("  This is a defect. With --verbose it shows where it happened.");
        }
        err.flush();
        return FAILED;
    }

    private static String text(Throwable failure) {
        return isUnexpected(failure) || failure.getMessage() == null
                ? failure.toString()
                : failure.getMessage();
    }

    /** Exceptions of the runtime are meant for programmers, and often say nothing by themselves. */
    private static boolean isUnexpected(Throwable failure) {
        return failure.getClass().getModule() == Object.class.getModule()
                && failure instanceof RuntimeException;
    }
}
