package dev.farshore.bench.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows progress: on a terminal one line that is overwritten, else a plain line now and then.
 *
 * <p>Threading: any thread.
 */
public final class LiveView {
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(2);
    private static final int MAX_COLUMNS = 79;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter out;
    private final boolean isTerminal;
    private boolean isLineOpen;
    private Duration lastPlain = PLAIN_INTERVAL.negated();

    /** A moment of the demo. */
    record Frame(
            Duration elapsed,
            Duration total,
            String site,
            String phase,
            long writesPerSecond,
            double mbPerSecond,
            long lagMillis,
            long flushPointsChecked) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%3d/%d s  %s: %-10s %,7d writes/s %6.1f MB/s  lag %,6d ms  %,d flushes checked",
                    elapsed.toSeconds(),
                    total.toSeconds(),
                    site,
                    phase,
                    writesPerSecond,
                    mbPerSecond,
                    lagMillis,
                    flushPointsChecked);
        }
    }

    public LiveView(PrintWriter out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
    }

    /** Whether what this process prints is seen by a person. */
    public static boolean isOnTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** Something worth a line that stays. */
    public synchronized void news(String text) {
        endLine();
        out.println(text);
        out.flush();
    }

    synchronized void show(Frame frame) {
        if (isTerminal) {
            // A line that wraps could not be written over.
            String line = frame.toString();
            out.print(CLEAR_LINE + line.substring(0, Math.min(MAX_COLUMNS, line.length())));
            isLineOpen = true;
        } else if (frame.elapsed.minus(lastPlain).compareTo(PLAIN_INTERVAL) >= 0) {
            lastPlain = frame.elapsed;
            out.println(frame);
        }
        out.flush();
    }

    private void endLine() {
        if (isLineOpen) {
            out.print(CLEAR_LINE);
            isLineOpen = false;
        }
    }
}
