package dev.farshore.node.query;

import com.fasterxml.jackson.annotation.JsonInclude;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/** What is answered, as JSON; ranges and offsets are in bytes. */
final class QueryResults {
    private QueryResults() {}

    /**
     * What answered.
     *
     * @param isComplete whether what is not called dirty is in the site's image; if not, nothing is
     *     known of the rest
     * @param reason why it is not complete; else empty
     * @param logSeq newest event that the index knows of
     * @param hardenedSeq newest event that the site's image has hardened
     */
    record Source(
            String volume,
            String site,
            String node,
            boolean isComplete,
            String reason,
            long logSeq,
            long hardenedSeq) {}

    /**
     * The dirty parts of a range.
     *
     * @param dirty whether a part of the range may be newer in the log than in the image
     * @param bytes of the extents told
     * @param next where to ask on; absent if that was all
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Dirty(
            Source source,
            long offset,
            long length,
            boolean dirty,
            long bytes,
            List<Extent> extents,
            @Nullable Long next) {}

    /**
     * @param seq of the newest event of these blocks
     * @param writesOffset of that event in the volume's partition of {@code farshore.writes}
     * @param kind {@code data} or {@code zeroes}
     */
    record Extent(long offset, long length, long seq, long writesOffset, String kind) {}

    /** All that is dirty, in numbers. */
    record Summary(Source source, long sizeBytes, long dirtyBytes, long dirtyExtents) {}

    /**
     * One block of 512 bytes.
     *
     * @param newest its newest event; absent if that is hardened
     * @param region when the region around it was written last; absent if that is not known
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Block(
            Source source,
            long offset,
            boolean dirty,
            @Nullable Extent newest,
            @Nullable Region region) {}

    /**
     * Regions that were written.
     *
     * @param knownAfterSeq of events up to that one nothing is known
     * @param next where to ask on; absent if that was all
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Heat(Source source, long knownAfterSeq, List<Region> regions, @Nullable Long next) {}

    /**
     * @param seq of the newest event that wrote into it
     * @param written when that was captured, by its owner's clock
     */
    record Region(long offset, long length, long seq, Instant written) {}
}
