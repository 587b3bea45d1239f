package dev.farshore.capture.read.latest;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A partition of {@code farshore.writes} as readers of its volumes need it. Any thread. */
public interface WriteLog extends AutoCloseable {

    /**
     * Where the partition ended at some moment during the call: the offset that the next record
     * will have. Blocks for a round trip to the broker.
     *
     * @throws IOException if no answer came within {@code patience}
     */
    long end(Duration patience) throws IOException;

    /** The same without blocking; it may end with an error, and is not asked again then. */
    CompletableFuture<Long> endSoon();

    /** What {@link #end} has taken of late. */
    Duration roundTrip();

    /**
     * Reads records below {@link #end}.
     *
     * @param offsets in order
     * @throws PayloadGoneException if retention has removed one of them
     * @throws IOException if they did not come within {@code patience}
     */
    void fetch(long[] offsets, Duration patience, RecordVisitor visitor) throws IOException;

    /** Takes records in, in the order of the offsets, on the thread that asked. */
    interface RecordVisitor {
        /**
         * Takes the next.
         *
         * @param record null where the log has none of that offset
         * @param isCached whether an earlier read has fetched it
         */
        void visit(long offset, @Nullable LogRecord record, boolean isCached) throws IOException;
    }

    @Override
    void close();
}
