package dev.farshore.testkit.workload;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Replays a trace: its requests in order, its time stretched or compressed to a given duration. A
 * volume too slow for it gets the requests as fast as it takes them. Such traces have no flushes,
 * so one is put in after every {@value #REQUESTS_A_FLUSH} requests.
 */
public final class TraceSource implements OperationSource {
    private static final int REQUESTS_A_FLUSH = 200;

    private final TraceFile trace;
    private final double nsPerTraceMillisecond;
    private long requests;
    private boolean flushIsNext;
    private long dueNs;

    /**
     * @param summary of the same file
     * @param duration that the whole trace is to take
     */
    public TraceSource(Path file, TraceFile.Summary summary, Duration duration) throws IOException {
        trace = TraceFile.open(file);
        nsPerTraceMillisecond = (double) duration.toNanos() / Math.max(1, summary.durationMillis());
    }

    @Override
    public @Nullable Timed next(long nowNs) throws IOException {
        if (flushIsNext) {
            flushIsNext = false;
            return new Timed(new Operation.Flush(), dueNs);
        }
        TraceFile.Request request = trace.next();
        if (request == null) {
            return null;
        }
        flushIsNext = ++requests % REQUESTS_A_FLUSH == 0;
        dueNs = (long) (request.timeMillis() * nsPerTraceMillisecond);
        Operation operation =
                request.isWrite()
                        ? new Operation.Write(request.offset(), request.length(), false)
                        : new Operation.Read(request.offset(), request.length());
        return new Timed(operation, dueNs);
    }

    @Override
    public void close() throws IOException {
        trace.close();
    }
}
