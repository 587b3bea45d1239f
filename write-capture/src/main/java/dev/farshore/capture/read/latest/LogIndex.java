package dev.farshore.capture.read.latest;

import dev.farshore.schemas.log.LogCursor;

import java.util.List;
import java.util.Optional;

/** What a node knows of the log by its headers. Threading: any thread. */
public interface LogIndex {

    /**
     * What is known of a range, all of one moment. A part of it that is in no extent was written
     * last by an event up to {@code coveredFromSeq}.
     *
     * @param logEnd after the newest event known
     * @param endOffset where the log has that event, or a copy of it that was sent again; negative
     *     if not known
     * @param coveredFromSeq every event after it, up to {@code logEnd}, is known
     * @param sizes events after {@code coveredFromSeq} that set the volume's size, in order; what
     *     one of them cut off is in no extent
     * @param gap why the headers can't be followed; empty if they can
     * @param extents in order, each with the newest event that wrote it
     */
    record View(
            LogCursor logEnd,
            long endOffset,
            long coveredFromSeq,
            List<SizeChange> sizes,
            String gap,
            List<Extent> extents) {}

    /** An event that sets the size of the volume. */
    record SizeChange(long seq, long sizeBytes) {}

    /**
     * A range with the event that wrote it last.
     *
     * @param writesOffset of the event
     * @param eventOffset first byte of the event's own range, in the volume
     * @param isZero whether it reads as zeroes
     */
    record Extent(
            long offset,
            long length,
            long seq,
            long writesOffset,
            long eventOffset,
            boolean isZero) {}

    /**
     * Offsets of records.
     *
     * @param to exclusive
     */
    record OffsetRange(long from, long to) {
        long count() {
            return to - from;
        }
    }

    /** What is known of a range now; empty while no header of the volume has come. */
    Optional<View> view(String vvol, long offset, long length);

    /**
     * The records of a partition of {@code farshore.writes} that the index knows nothing of: their
     * headers are still to come, or will never count. In order. An event whose record is not among
     * them is in a {@link #view} asked for afterwards.
     *
     * @param to exclusive
     * @param maxRanges with that many, the last goes on to {@code to}
     */
    List<OffsetRange> unknown(int partition, long from, long to, int maxRanges);
}
