package dev.farshore.testkit.workload;

import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;

/**
 * The flushes of a volume, one at a time: wait for the writes asked for before it, write the marker
 * ({@link WriteRecord#beginFlush}), send the flush. Other requests go on meanwhile. Flushes asked
 * for while one is under way become one, as in a group commit.
 *
 * <p>Threading: guarded by the driver's lock.
 */
final class FlushSequence {
    private enum Phase {
        IDLE,
        MARKER_IN_FLIGHT,
        MARKED,
        FLUSH_IN_FLIGHT
    }

    private final WriteRecord record;
    private final InFlightOperation request;
    private Phase phase = Phase.IDLE;
    private @Nullable RecordedWrite marker;
    private boolean isRequested;

    /** Newest write that the requested flush is for. */
    private int upToWrite;

    FlushSequence(WriteRecord record, InFlightOperation request) {
        this.record = record;
        this.request = request;
    }

    void request() {
        isRequested = true;
        upToWrite = record.issued();
    }

    boolean isUnderWay() {
        return isRequested || phase != Phase.IDLE;
    }

    /**
     * @param active requests not answered yet
     * @return what to send now, if anything
     */
    @Nullable InFlightOperation advance(List<InFlightOperation> active, long nowNs) {
        return switch (phase) {
            case IDLE -> isRequested && areAcknowledged(active) ? mark(nowNs) : null;
            case MARKED -> {
                phase = Phase.FLUSH_IN_FLIGHT;
                request.assign(new Operation.Flush(), nowNs);
                yield request;
            }
            case MARKER_IN_FLIGHT, FLUSH_IN_FLIGHT -> null;
        };
    }

    /** Takes note of an answer; false if it was to a request of others. */
    boolean answered(InFlightOperation answered) {
        if (answered != request) {
            return false;
        }
        switch (phase) {
            case MARKER_IN_FLIGHT -> phase = Phase.MARKED;
            case FLUSH_IN_FLIGHT -> {
                record.acknowledgeFlush(Objects.requireNonNull(marker));
                phase = Phase.IDLE;
            }
            case IDLE, MARKED -> throw new IllegalStateException("answer while " + phase);
        }
        return true;
    }

    private InFlightOperation mark(long nowNs) {
        isRequested = false;
        phase = Phase.MARKER_IN_FLIGHT;
        marker = record.beginFlush();
        request.assign(
                new Operation.Write(marker.offset(), SectorStamp.SECTOR_BYTES, false),
                marker,
                nowNs);
        return request;
    }

    private boolean areAcknowledged(List<InFlightOperation> active) {
        return active.stream()
                .map(InFlightOperation::write)
                .noneMatch(write -> write != null && write.number() <= upToWrite);
    }
}
