package dev.farshore.apply.index;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.StampedLock;

/**
 * Which blocks of one volume this site lacks. It learns of events by their headers, and by the
 * site's progress of what is hardened; the two may come in any order.
 *
 * <p>It knows of every event after {@code coveredFromSeq}. As long as the site's image has hardened
 * that far, the index is <i>complete</i>: what it does not call dirty is in the image. It is not
 * complete until the image has been heard of, when the site goes on with an image that is further
 * behind (a lost disk, another node), or when a header is missing.
 *
 * <p>Threading: one thread updates, any thread asks; the lock, which is not reentrant, guards
 * everything.
 */
public final class DirtyBlocks {
    private static final Logger LOG = LoggerFactory.getLogger(DirtyBlocks.class);

    /** So many hardened events are taken out before readers get their turn. */
    private static final int EVENTS_PER_TURN = 256;

    private final String vvol;
    private final StampedLock stamped = new StampedLock();
    private final Lock reading = stamped.asReadLock();
    private final Lock writing = stamped.asWriteLock();

    private final ExtentMap extents = new ExtentMap();
    private final PendingEvents pending = new PendingEvents();
    private final HeatMap heat = new HeatMap();
    private final long heatKnownAfterSeq;
    private final UnevenBlocks uneven;
    private LogCursor cursor;
    private long coveredFromSeq;
    private long hardenedSeq;
    private String gap;

    /**
     * @param cursor before the first header that will come
     * @param gap why headers can't be followed; empty if they can
     */
    DirtyBlocks(String vvol, LogCursor cursor, String gap) {
        this.vvol = vvol;
        this.cursor = cursor;
        this.coveredFromSeq = cursor.seq();
        this.heatKnownAfterSeq = cursor.seq();
        this.uneven = new UnevenBlocks(cursor.seq());
        this.gap = gap;
    }

    public String vvol() {
        return vvol;
    }

    // ---- updates ----

    /** Takes the next header of the volume in its partition. */
    void onHeader(IndexedHeader event, long headersOffset) {
        EventHeader header = event.header();
        writing.lock();
        try {
            if (!gap.isEmpty()) {
                return;
            }
            switch (cursor.judge(header)) {
                case Verdict.Next(LogCursor after) -> add(event, after, headersOffset);
                case Verdict.Duplicate duplicate -> {}
                case Verdict.Fenced fenced -> {}
                case Verdict.Gap(long expectedSeq, long foundSeq) ->
                        breakOff(
                                "header of event %d is missing: the log goes on with event %d at offset %d"
                                        .formatted(expectedSeq, foundSeq, headersOffset));
            }
        } finally {
            writing.unlock();
        }
    }

    /**
     * Whether headers are missing before {@code header}, and it is the start of a seed: what they
     * told does not matter any more, and an index that begins there is complete again.
     */
    boolean isToBeginAnewAt(EventHeader header) {
        reading.lock();
        try {
            boolean isStuck = !gap.isEmpty() || cursor.judge(header) instanceof Verdict.Gap;
            return cursor.mayBeginAt(header) && isStuck;
        } finally {
            reading.unlock();
        }
    }

    private void add(IndexedHeader event, LogCursor after, long headersOffset) {
        EventHeader header = event.header();
        boolean hasRange = PendingEvents.hasRange(header.kind());
        if (header.kind() == EventKind.UNKNOWN
                || (hasRange
                        && !(Sectors.isAligned(header.offset())
                                && Sectors.isAligned(header.length())))) {
            breakOff("header of event %d makes no sense: %s".formatted(header.seq(), header));
            return;
        }
        uneven.add(cursor, header, headersOffset);
        if (hasRange) {
            heat.add(header);
        }
        if (header.seq() <= hardenedSeq) {
            // Progress came first: no event before it can be pending either.
            coveredFromSeq = header.seq();
        } else {
            pending.add(cursor, event, headersOffset);
            if (hasRange && header.length() > 0) {
                extents.put(
                        Sectors.ofBytes(header.offset()),
                        Sectors.ofBytes(header.length()),
                        header.seq());
            }
        }
        cursor = after;
    }

    /** No header can be trusted from here on. */
    void stop(String reason) {
        writing.lock();
        try {
            breakOff(reason);
        } finally {
            writing.unlock();
        }
    }

    private void breakOff(String reason) {
        gap = reason;
        LOG.atWarn().addKeyValue("vvol", vvol).log("Index is no longer complete: {}", reason);
    }

    /** The site's image has hardened the events up to {@code seq}. */
    void onHardened(long seq) {
        boolean isDone = false;
        while (!isDone) {
            writing.lock();
            try {
                hardenedSeq = seq;
                isDone = forgetHardened();
            } finally {
                writing.unlock();
            }
        }
    }

    private boolean forgetHardened() {
        for (int count = 0; count < EVENTS_PER_TURN; count++) {
            if (pending.isEmpty() || pending.firstSeq() > hardenedSeq) {
                return true;
            }
            long seq = pending.firstSeq();
            long lengthSectors = pending.lengthSectors(seq);
            if (lengthSectors > 0) {
                extents.removeSeq(pending.startSectors(seq), lengthSectors, seq);
            }
            coveredFromSeq = seq;
            pending.removeFirst();
        }
        return false;
    }

    /** Every site's image has hardened the events up to {@code seq}. */
    void onHardenedEverywhere(long seq) {
        writing.lock();
        try {
            uneven.onHardenedEverywhere(seq);
        } finally {
            writing.unlock();
        }
    }

    // ---- questions ----

    /**
     * Whether every block that is not dirty is in the site's image. If not, nothing but the log
     * knows what is newest.
     */
    public boolean isComplete() {
        reading.lock();
        try {
            return isCompleteLocked();
        } finally {
            reading.unlock();
        }
    }

    private boolean isCompleteLocked() {
        return gap.isEmpty() && hardenedSeq >= coveredFromSeq;
    }

    /** Whether a part of the range may be newer in the log than in the site's image. */
    public boolean isDirty(long offset, long length) {
        reading.lock();
        try {
            return !isCompleteLocked()
                    || extents.intersects(
                            Sectors.ofBytes(offset), Sectors.ofBytesRoundedUp(offset + length));
        } finally {
            reading.unlock();
        }
    }

    /** The dirty parts of a range, in order. */
    public List<DirtyExtent> extents(long offset, long length) {
        List<DirtyExtent> found = new ArrayList<>();
        reading.lock();
        try {
            extents.forEach(
                    Sectors.ofBytes(offset),
                    Sectors.ofBytesRoundedUp(offset + length),
                    (start, sectors, seq) -> {
                        long from = Math.max(offset, Sectors.toBytes(start));
                        long until = Math.min(offset + length, Sectors.toBytes(start + sectors));
                        found.add(
                                new DirtyExtent(
                                        from,
                                        until - from,
                                        seq,
                                        pending.writesOffset(seq),
                                        Sectors.toBytes(pending.startSectors(seq)),
                                        pending.isZero(seq)));
                    });
        } finally {
            reading.unlock();
        }
        return found;
    }

    /**
     * The parts of a range that an image lacks which has hardened the events up to {@code seq}, at
     * whatever site; parts that touch are one. As far as this site's headers go.
     *
     * @param maxRanges with that many, the rest of the range is left open
     * @return empty if it is not known
     */
    public Optional<List<BlockRange>> lackingAfter(
            long seq, long offset, long length, int maxRanges) {
        List<BlockRange> found = new ArrayList<>();
        reading.lock();
        try {
            if (!gap.isEmpty() || !uneven.isKnownAfter(seq)) {
                return Optional.empty();
            }
            uneven.forEachWhile(
                    Sectors.ofBytes(offset),
                    Sectors.ofBytesRoundedUp(offset + length),
                    (start, sectors, writtenSeq) -> {
                        if (writtenSeq > seq) {
                            long from = Math.max(offset, Sectors.toBytes(start));
                            long until =
                                    Math.min(offset + length, Sectors.toBytes(start + sectors));
                            append(found, from, until);
                        }
                        return found.size() < maxRanges;
                    });
        } finally {
            reading.unlock();
        }
        return Optional.of(found);
    }

    private static void append(List<BlockRange> ranges, long from, long until) {
        BlockRange last = ranges.isEmpty() ? null : ranges.getLast();
        if (last != null && last.offset() + last.length() == from) {
            ranges.set(ranges.size() - 1, new BlockRange(last.offset(), until - last.offset()));
        } else {
            ranges.add(new BlockRange(from, until - from));
        }
    }

    /** The newest event of the block at {@code offset}; empty if it is not dirty. */
    public Optional<DirtyExtent> newest(long offset) {
        return extents(offset, 1).stream().findFirst();
    }

    /**
     * The regions written after event {@code seq}, hardened here or not, in order; coarse: a region
     * is whole megabytes, more the larger the volume. Of events up to {@link #heatKnownAfterSeq}
     * nothing is known.
     */
    public List<WrittenRegion> writtenAfter(long seq) {
        List<WrittenRegion> found = new ArrayList<>();
        reading.lock();
        try {
            heat.forEach(
                    (offset, length, writtenSeq, captureMicros) -> {
                        if (writtenSeq > seq) {
                            found.add(new WrittenRegion(offset, length, writtenSeq, captureMicros));
                        }
                    });
        } finally {
            reading.unlock();
        }
        return found;
    }

    /** The event after which {@link #writtenAfter} knows all, since this node opened the index. */
    public long heatKnownAfterSeq() {
        return heatKnownAfterSeq;
    }

    /** Bytes of all dirty blocks. */
    public long dirtyBytes() {
        reading.lock();
        try {
            return Sectors.toBytes(extents.sectors());
        } finally {
            reading.unlock();
        }
    }

    /** How many extents they are in. */
    public long extentCount() {
        reading.lock();
        try {
            return extents.extentCount();
        } finally {
            reading.unlock();
        }
    }

    /** The end of the volume's log, as far as the headers have come. */
    public LogCursor logEnd() {
        reading.lock();
        try {
            return cursor;
        } finally {
            reading.unlock();
        }
    }

    /** What the site's image has hardened, as far as is known. */
    public long hardenedSeq() {
        reading.lock();
        try {
            return hardenedSeq;
        } finally {
            reading.unlock();
        }
    }

    /** When the oldest event not hardened was captured, by the owner's clock; empty if none. */
    public OptionalLong oldestUnhardenedMicros() {
        reading.lock();
        try {
            return pending.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(pending.captureMicros(pending.firstSeq()));
        } finally {
            reading.unlock();
        }
    }

    /** Why headers can't be followed any more; empty if they can. */
    public String gap() {
        reading.lock();
        try {
            return gap;
        } finally {
            reading.unlock();
        }
    }

    // ---- what a restart needs, on the updating thread ----

    /** Headers from this offset on must be read again; MAX_VALUE if none. */
    long resumeHeadersOffset() {
        return Math.min(ownResumeHeadersOffset(), uneven.resumeHeadersOffset());
    }

    private long ownResumeHeadersOffset() {
        return pending.isEmpty() ? Long.MAX_VALUE : pending.resumeHeadersOffset();
    }

    /** Cursor before that header. */
    LogCursor resumeCursor() {
        LogCursor unevenCursor = uneven.resumeCursor();
        if (unevenCursor != null && uneven.resumeHeadersOffset() <= ownResumeHeadersOffset()) {
            return unevenCursor;
        }
        return pending.isEmpty() ? cursor : pending.resumeCursor();
    }
}
