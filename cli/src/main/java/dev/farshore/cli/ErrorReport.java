package dev.farshore.cli;

import dev.farshore.schemas.failure.Reason;

import java.io.IOException;
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
        StringBuilder said = new StringBuilder(text(failure));
        err.println("farshore: " + said);
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            String reason = text(cause);
            if (said.indexOf(reason) < 0 && !saysNothing(cause)) {
                err.println("  because: " + reason);
                said.append('\n').append(reason);
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

    /** One made of its cause alone, or that is nothing but a class's name at an end of a chain. */
    private static boolean saysNothing(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null
                ? failure instanceof IOException && Reason.of(failure).equals(failure.toString())
                : cause.toString().equals(failure.getMessage());
    }

    private static String text(Throwable failure) {
        return isUnexpected(failure) ? failure.toString() : Reason.of(failure);
    }

    /** Exceptions of the runtime are meant for programmers, and often say nothing by themselves. */
    private static boolean isUnexpected(Throwable failure) {
        return failure.getClass().getModule() == Object.class.getModule()
                && failure instanceof RuntimeException;
    }
}
