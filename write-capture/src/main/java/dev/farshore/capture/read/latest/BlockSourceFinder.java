package dev.farshore.capture.read.latest;

import dev.farshore.capture.read.latest.BlockSources.Source;
import dev.farshore.capture.read.latest.LogIndex.Extent;
import dev.farshore.capture.read.latest.LogIndex.OffsetRange;
import dev.farshore.capture.read.latest.LogIndex.SizeChange;
import dev.farshore.capture.read.latest.LogIndex.View;
import dev.farshore.capture.read.latest.LogTail.Located;
import dev.farshore.capture.read.latest.ReplicaImage.ImageState;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Finds out where the sectors of a range are, as of a given end of the log: in the image, or in
 * which events. It does so from what is known at the moment, or says what is missing.
 *
 * <p><b>Argument</b> that the events with a seq above the image's, as painted, and the image below
 * them are the volume after the newest of them, P, and that no valid event before the log's end is
 * after P:
 *
 * <ul>
 *   <li><em>All are known.</em> A valid event before the end is in the image ({@code takenIn}), or
 *       its record is unknown to the index and so handed to {@link LogTail}, or it is in the index;
 *       the view is taken after that was asked, so it has the event.
 *   <li><em>No extent is missing.</em> A part of the range in no extent was last written by an
 *       event up to {@code coveredFromSeq}; that is no later than the image stands, asked
 *       afterwards, or nothing is said. An extent vanishes only with {@code coveredFromSeq} rising
 *       past its event.
 *   <li><em>Sizes.</em> What a cut removed is in no extent, so a cut that the image does not have
 *       yet is waited for.
 *   <li><em>The index is right.</em> It follows the headers, which the publishers put in the order
 *       of the log; where it stands further than the image in an older epoch, it does not, and
 *       nothing is said.
 * </ul>
 *
 * <p>Threading: any thread.
 */
final class BlockSourceFinder {
    private static final int MAX_UNKNOWN_RANGES = 64;

    /** If more records than this have no headers, wait for those: they are on their way. */
    private static final long MAX_TAIL_RECORDS = 1024;

    private static final View NO_HEADERS =
            new View(LogCursor.START, -1, 0, List.of(), "", List.of());

    private final String vvol;
    private final int partition;
    private final LogIndex index;
    private final WriteLog log;
    private final WriteEventCodec codec;

    BlockSourceFinder(
            String vvol, int partition, LogIndex index, WriteLog log, WriteEventCodec codec) {
        this.vvol = vvol;
        this.partition = partition;
        this.index = index;
        this.log = log;
        this.codec = codec;
    }

    /** What is known of a range. */
    sealed interface Finding {

        /**
         * All there is to know.
         *
         * @param imageSeq the newest event the image had then
         */
        record Found(BlockSources sources, long imageSeq) implements Finding {}

        /**
         * Not enough yet.
         *
         * @param why for the error of a read that waited in vain
         */
        record Missing(String why) implements Finding {}
    }

    /**
     * @param logEnd every record before it is to be reflected
     * @param mayReadTail whether to read records whose headers have not come; it costs round trips
     */
    Finding find(
            ReplicaImage image,
            long logEnd,
            long offset,
            int length,
            boolean mayReadTail,
            Duration patience)
            throws IOException {
        BlockSources sources = new BlockSources(offset, length);
        long takenIn = image.takenInOffset();
        if (takenIn + 1 >= logEnd) {
            return new Finding.Found(sources, image.state().cursor().seq());
        }
        List<OffsetRange> unknown =
                index.unknown(partition, takenIn + 1, logEnd, MAX_UNKNOWN_RANGES);
        long unknownRecords = unknown.stream().mapToLong(OffsetRange::count).sum();
        if (unknownRecords > (mayReadTail ? MAX_TAIL_RECORDS : 0)) {
            return new Finding.Missing(
                    "headers of %d records of the log have not come yet, from offset %d on; its end is %d"
                            .formatted(unknownRecords, unknown.getFirst().from(), logEnd));
        }
        View view = index.view(vvol, offset, length).orElse(NO_HEADERS);
        ImageState state = image.state();
        String contradiction = contradiction(view, state);
        if (!contradiction.isEmpty()) {
            return new Finding.Missing(contradiction);
        }
        LogTail tail = tail(view, state);
        if (unknownRecords > 0) {
            log.fetch(offsets(unknown), patience, tail);
        }
        if (tail.doubt() != null) {
            return new Finding.Missing(tail.doubt());
        }
        return paint(sources, view, tail.events(), state);
    }

    private static String contradiction(View view, ImageState state) {
        long imageSeq = state.cursor().seq();
        if (!view.gap().isEmpty()) {
            return "the index can't follow the headers: " + view.gap();
        }
        if (imageSeq < view.coveredFromSeq()) {
            return "the image is at event %d, and what the index knows begins after event %d"
                    .formatted(imageSeq, view.coveredFromSeq());
        }
        boolean isIndexAhead = view.logEnd().seq() > imageSeq;
        if (view.logEnd().seq() >= imageSeq && view.logEnd().epoch() < state.cursor().epoch()) {
            return "the index has event %d in epoch %d, the image is in epoch %d"
                    .formatted(view.logEnd().seq(), view.logEnd().epoch(), state.cursor().epoch());
        }
        if (isIndexAhead && view.endOffset() < 0) {
            return "where the newest event known lies in the log is not known yet";
        }
        return "";
    }

    private LogTail tail(View view, ImageState state) {
        return view.logEnd().seq() > state.cursor().seq()
                ? new LogTail(vvol, codec, view.logEnd(), view.endOffset(), false)
                : new LogTail(vvol, codec, state.cursor(), state.writesOffset(), true);
    }

    private static long[] offsets(List<OffsetRange> ranges) {
        return ranges.stream()
                .flatMapToLong(range -> LongStream.range(range.from(), range.to()))
                .toArray();
    }

    private static Finding paint(
            BlockSources sources, View view, List<Located> tail, ImageState state) {
        long imageSeq = state.cursor().seq();
        long cutSeq = cutSeq(view, tail, state);
        if (cutSeq > 0) {
            return new Finding.Missing(
                    "event %d has made the volume smaller, and the image is at event %d"
                            .formatted(cutSeq, imageSeq));
        }
        for (Extent extent : view.extents()) {
            if (extent.seq() > imageSeq) {
                sources.paint(
                        extent.offset(),
                        extent.length(),
                        new Source(
                                extent.seq(),
                                extent.writesOffset(),
                                extent.eventOffset(),
                                extent.isZero(),
                                null));
            }
        }
        for (Located located : tail) {
            EventHeader header = located.event().header();
            switch (header.kind()) {
                case WRITE, ZERO, TRIM ->
                        sources.paint(
                                header.offset(),
                                header.length(),
                                new Source(
                                        header.seq(),
                                        located.writesOffset(),
                                        header.offset(),
                                        header.kind() != EventKind.WRITE,
                                        located.event()));
                case RESIZE,
                        EPOCH_OPENED,
                        FLUSH,
                        BOOKMARK,
                        EPOCH_SEALED,
                        SEED_STARTED,
                        SEED_FINISHED,
                        UNKNOWN -> {
                    // They change no block that is left.
                }
            }
        }
        return new Finding.Found(sources, imageSeq);
    }

    /** The first event after the image's that makes the volume smaller; 0 if there is none. */
    private static long cutSeq(View view, List<Located> tail, ImageState state) {
        List<SizeChange> sizes = new ArrayList<>(view.sizes());
        for (Located located : tail) {
            EventHeader header = located.event().header();
            if (header.kind() == EventKind.RESIZE || header.kind() == EventKind.EPOCH_OPENED) {
                sizes.add(new SizeChange(header.seq(), header.length()));
            }
        }
        long sizeBytes = state.sizeBytes();
        for (SizeChange change : sizes) {
            if (change.seq() > state.cursor().seq()) {
                if (change.sizeBytes() < sizeBytes) {
                    return change.seq();
                }
                sizeBytes = change.sizeBytes();
            }
        }
        return 0;
    }
}
