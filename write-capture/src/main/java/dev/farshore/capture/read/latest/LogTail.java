package dev.farshore.capture.read.latest;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The events of a volume that the index does not know, found by reading the records themselves:
 * their owner died before it published the headers, or these take longer than a reader waits.
 *
 * <p><b>Argument.</b> Let c be the newest event known, at offset o in the log. The records handed
 * in are all those between the image and the log's end that the index knows nothing of; every valid
 * event after c is among them, since a header makes an event known.
 *
 * <ul>
 *   <li>If c was taken from the image, o is where it counted first, so a reader of the whole log
 *       holds cursor c at o. Behind o the records handed in lack only those whose events are known,
 *       which that reader ignores as duplicates. So judging them from c on gives its verdicts.
 *   <li>If c was taken from the index, o may be the offset of a copy that was sent again. A valid
 *       event after c before o would make the reader of the whole log hold a later cursor at o. So
 *       if there is any event after c, or of a later epoch, before o, nothing is guessed: {@link
 *       #doubt} says why. It passes when the publisher has sent its headers, or the next owner
 *       opens, or the image gets there.
 * </ul>
 *
 * Threading: belongs to one reader.
 */
final class LogTail implements WriteLog.RecordVisitor {
    private final String vvol;
    private final WriteEventCodec codec;
    private final long cursorOffset;
    private final boolean isOfImage;
    private final List<Located> events = new ArrayList<>();
    private LogCursor cursor;
    private @Nullable String doubt;

    /** An event that counts, and its record's offset. */
    record Located(LogEvent event, long writesOffset) {}

    /**
     * @param cursor after the newest event known
     * @param cursorOffset of that event
     * @param isOfImage whether both are the image's, else the index's
     */
    LogTail(
            String vvol,
            WriteEventCodec codec,
            LogCursor cursor,
            long cursorOffset,
            boolean isOfImage) {
        this.vvol = vvol;
        this.codec = codec;
        this.cursor = cursor;
        this.cursorOffset = cursorOffset;
        this.isOfImage = isOfImage;
    }

    @Override
    public void visit(long offset, @Nullable LogRecord record, boolean isCached) {
        if (record == null || !record.vvol().equals(vvol) || doubt != null) {
            return;
        }
        LogEvent event = codec.decode(record.value());
        EventHeader header = event.header();
        if (offset <= cursorOffset) {
            if (!isOfImage && (header.seq() > cursor.seq() || header.epoch() > cursor.epoch())) {
                doubt =
                        "event %d of epoch %d lies at offset %d, before event %d of which the header has come"
                                .formatted(header.seq(), header.epoch(), offset, cursor.seq());
            }
            return;
        }
        if (cursor.judge(header) instanceof Verdict.Next(LogCursor after)) {
            if (header.kind() == EventKind.UNKNOWN) {
                doubt = "event %d is of a kind this version does not know".formatted(header.seq());
                return;
            }
            cursor = after;
            events.add(new Located(event, offset));
        }
    }

    /** The events found, in order. */
    List<Located> events() {
        return events;
    }

    /** Why the events can't be relied on; null if they can. */
    @Nullable String doubt() {
        return doubt;
    }
}
