package dev.farshore.apply.index;

import dev.farshore.apply.index.extents.Sectors;
import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.pending.CursorCodec;
import dev.farshore.apply.index.pending.PendingEvents;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * All that is known of one volume from its headers, and of what its image has hardened.
 *
 * <p>It knows of every event after {@code coveredFromSeq}. As long as the site's image has hardened
 * that far, the index is <i>complete</i>: what it does not call dirty is in the image.
 *
 * <p>Any method may fail with {@link dev.farshore.apply.index.spill.SpillException}; then {@link
 * #unhardened} is of no use.
 *
 * <p>Threading: none of its own; {@link DirtyBlocks} guards it.
 */
final class VolumeIndex {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeIndex.class);

    private final String vvol;
    private final OutOfSyncBlocks outOfSync;
    private final HeatMap heat = new HeatMap();
    private UnhardenedBlocks unhardened = new UnhardenedBlocks();
    private LogCursor cursor;

    /** At the cursor; null if that came from a snapshot, or was taken back. */
    private @Nullable IndexedHeader newest;

    private long heatKnownAfterSeq;
    private long coveredFromSeq;
    private long hardenedSeq;
    private String gap;

    // What readers of the log beside the image need; see IndexView.
    private long endWritesOffset = IndexView.NO_OFFSET;
    private final Deque<IndexView.SizeChange> sizes = new ArrayDeque<>();

    /**
     * @param cursor before the first header that will come
     * @param gap why headers can't be followed; empty if they can
     */
    VolumeIndex(String vvol, LogCursor cursor, String gap) {
        this.vvol = vvol;
        this.cursor = cursor;
        this.coveredFromSeq = cursor.seq();
        this.heatKnownAfterSeq = cursor.seq();
        this.outOfSync = new OutOfSyncBlocks(cursor.seq());
        this.gap = gap;
    }

    // ---- updates ----

    /**
     * Takes the next header of the volume in its partition.
     *
     * @return whether the event it speaks of is known now
     */
    boolean onHeader(IndexedHeader event, long headersOffset) {
        if (!gap.isEmpty()) {
            return false;
        }
        EventHeader header = event.header();
        if (HeaderOrder.takesBack(cursor, header)) {
            takeBackFrom(header);
        }
        return switch (cursor.judge(header)) {
            case Verdict.Next(LogCursor after) -> {
                add(event, after, headersOffset);
                yield gap.isEmpty();
            }
            case Verdict.Duplicate duplicate -> true;
            case Verdict.Fenced fenced -> false;
            case Verdict.Gap(long expectedSeq, long foundSeq) -> {
                breakOff(
                        "header of event %d is missing: the log goes on with event %d at offset %d"
                                .formatted(expectedSeq, foundSeq, headersOffset));
                yield false;
            }
        };
    }

    /**
     * Whether headers are missing before {@code header}, and the index may go on from it without
     * them: it knows nothing of what is before, which does not matter once the image has that.
     */
    boolean isToBeginAnewAt(EventHeader header) {
        boolean isStuck = !gap.isEmpty() || cursor.judge(header) instanceof Verdict.Gap;
        return isStuck
                && (header.kind() == EventKind.SEED_STARTED
                        ? cursor.mayBeginAt(header)
                        : HeaderOrder.mayBeginAnewAt(cursor, header));
    }

    /** The cursor to begin anew with. */
    LogCursor beginningAt(EventHeader header) {
        return header.kind() == EventKind.SEED_STARTED
                ? LogCursor.beginningAt(header)
                : HeaderOrder.beginningBefore(cursor, header);
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
        outOfSync.add(cursor, header, headersOffset);
        if (hasRange) {
            heat.add(header);
        }
        if (header.seq() <= hardenedSeq) {
            // Progress came first: no event before it can be pending either.
            coveredFromSeq = header.seq();
        } else {
            unhardened.add(cursor, event, headersOffset);
            if (header.kind() == EventKind.RESIZE || header.kind() == EventKind.EPOCH_OPENED) {
                sizes.add(new IndexView.SizeChange(header.seq(), header.length()));
            }
        }
        endWritesOffset = event.writesOffset();
        newest = event;
        cursor = after;
    }

    private void takeBackFrom(EventHeader opening) {
        LOG.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("epoch", opening.epoch())
                .addKeyValue("seq", opening.seq())
                .log("Events of the epoch before, up to {}, do not count", cursor.seq());
        unhardened.removeFrom(opening.seq());
        outOfSync.removeFrom(opening.seq());
        sizes.removeIf(change -> change.seq() >= opening.seq());
        coveredFromSeq = Math.min(coveredFromSeq, opening.seq() - 1);
        newest = null;
        cursor = HeaderOrder.before(cursor, opening);
    }

    /** No header can be trusted from here on. */
    void breakOff(String reason) {
        gap = reason;
        LOG.atWarn().addKeyValue("vvol", vvol).log("Index is no longer complete: {}", reason);
    }

    /**
     * The site's image has hardened the events up to {@code seq}.
     *
     * @return whether all of them are forgotten; if not, there were more than {@code maxEvents}
     */
    boolean onHardened(long seq, int maxEvents) {
        hardenedSeq = seq;
        for (int count = 0; count < maxEvents; count++) {
            if (unhardened.isEmptyUpTo(seq)) {
                return true;
            }
            coveredFromSeq = unhardened.firstSeq();
            unhardened.removeFirst();
            if (!sizes.isEmpty() && sizes.getFirst().seq() == coveredFromSeq) {
                sizes.removeFirst();
            }
        }
        return false;
    }

    /** Every site's image has hardened the events up to {@code seq}. */
    void onHardenedEverywhere(long seq) {
        outOfSync.onHardenedEverywhere(seq);
    }

    /** Forgets what can't be trusted any more, and follows nothing from here on. */
    void giveUp() {
        unhardened = new UnhardenedBlocks();
    }

    // ---- questions ----

    boolean isComplete() {
        return gap.isEmpty() && hardenedSeq >= coveredFromSeq;
    }

    UnhardenedBlocks unhardened() {
        return unhardened;
    }

    OutOfSyncBlocks outOfSync() {
        return outOfSync;
    }

    HeatMap heat() {
        return heat;
    }

    /** The event after which {@link #heat} knows all. */
    long heatKnownAfterSeq() {
        return heatKnownAfterSeq;
    }

    LogCursor cursor() {
        return cursor;
    }

    Optional<IndexedHeader> newest() {
        return Optional.ofNullable(newest);
    }

    /**
     * What is known of a range.
     *
     * @param dirty its extents
     */
    IndexView view(List<DirtyExtent> dirty) {
        return new IndexView(
                cursor, endWritesOffset, coveredFromSeq, List.copyOf(sizes), gap, dirty);
    }

    long hardenedSeq() {
        return hardenedSeq;
    }

    String gap() {
        return gap;
    }

    /** What it takes of the heap, nearly. */
    long heapBytes() {
        return unhardened.heapBytes() + outOfSync.heapBytes() + heat.heapBytes();
    }

    // ---- what a restart needs ----

    /** From where headers must be read again to know this much. */
    ResumePoint resumePoint() {
        long own = unhardened.resumeHeadersOffset();
        LogCursor outOfSyncCursor = outOfSync.resumeCursor();
        return outOfSyncCursor != null && outOfSync.resumeHeadersOffset() <= own
                ? new ResumePoint(outOfSyncCursor, outOfSync.resumeHeadersOffset())
                : new ResumePoint(unhardened.resumeCursor(cursor), own);
    }

    void write(PackedWriter out) throws IOException {
        out.text(gap);
        CursorCodec.write(out, cursor);
        out.number(coveredFromSeq);
        out.number(heatKnownAfterSeq);
        out.signed(endWritesOffset);
        out.number(sizes.size());
        for (IndexView.SizeChange change : sizes) {
            out.number(change.seq());
            out.number(change.sizeBytes());
        }
        heat.write(out);
        outOfSync.write(out);
        unhardened.write(out);
    }

    /**
     * Takes what {@link #write} wrote, where there was nothing. What the image has hardened is not
     * in it, and may be more than was known then, or less: until it is heard of, the index is not
     * complete.
     *
     * @param afterSome called now and then
     */
    void read(PackedReader in, Runnable afterSome) throws IOException {
        gap = in.text();
        cursor = CursorCodec.read(in);
        coveredFromSeq = in.number();
        heatKnownAfterSeq = in.number();
        endWritesOffset = in.signed();
        for (long left = in.number(); left > 0; left--) {
            sizes.add(new IndexView.SizeChange(in.number(), in.number()));
        }
        heat.read(in);
        outOfSync.read(in);
        unhardened.read(in, afterSome);
    }
}
