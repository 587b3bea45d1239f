package dev.farshore.apply.index;

import dev.farshore.schemas.log.LogCursor;

import java.util.List;

/**
 * What the index knows of a range at one moment. A part of it that is in no dirty extent was
 * written last by an event up to {@code coveredFromSeq}.
 *
 * @param logEnd after the newest event whose header has come
 * @param endWritesOffset where the log has that event, or a copy of it that was sent again; {@link
 *     #NO_OFFSET} if no header has come since the index was opened
 * @param coveredFromSeq every event after it, up to {@code logEnd}, is known
 * @param sizes events after {@code coveredFromSeq} that set the volume's size, in order. What one
 *     of them cut off is in no extent
 * @param gap why headers can't be followed any more; empty if they can
 * @param dirty in order
 */
public record IndexView(
        LogCursor logEnd,
        long endWritesOffset,
        long coveredFromSeq,
        List<SizeChange> sizes,
        String gap,
        List<DirtyExtent> dirty) {
    public static final long NO_OFFSET = -1;

    /** An event that sets the size of the volume. */
    public record SizeChange(long seq, long sizeBytes) {}
}
