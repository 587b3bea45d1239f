package dev.farshore.node.query;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.apply.index.WrittenRegion;
import dev.farshore.node.query.QueryResults.Block;
import dev.farshore.node.query.QueryResults.Dirty;
import dev.farshore.node.query.QueryResults.Extent;
import dev.farshore.node.query.QueryResults.Heat;
import dev.farshore.node.query.QueryResults.Region;
import dev.farshore.node.query.QueryResults.Source;
import dev.farshore.node.query.QueryResults.Summary;
import dev.farshore.schemas.event.VolumeSpec;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Answers from this node's index. The parts of an answer are not one snapshot: the index changes
 * meanwhile.
 */
record IndexQueries(
        String site, String node, Function<String, Optional<String>> whyImageIsNotWhole) {
    static final int BLOCK_BYTES = 512;

    Dirty dirty(VolumeSpec spec, Optional<DirtyBlocks> blocks, Parameters.Range range, int limit) {
        // One more than is told tells whether there is more.
        List<DirtyExtent> found =
                blocks.map(index -> index.extents(range.offset(), range.length(), limit + 1))
                        .orElse(List.of());
        List<Extent> told = found.stream().limit(limit).map(IndexQueries::extent).toList();
        return new Dirty(
                source(spec, blocks),
                range.offset(),
                range.length(),
                isDirty(spec, blocks, range.offset(), range.length()),
                told.stream().mapToLong(Extent::length).sum(),
                told,
                found.size() > limit ? found.get(limit).offset() : null);
    }

    Summary summary(VolumeSpec spec, Optional<DirtyBlocks> blocks) {
        return new Summary(
                source(spec, blocks),
                spec.getSizeBytes(),
                blocks.map(DirtyBlocks::dirtyBytes).orElse(0L),
                blocks.map(DirtyBlocks::extentCount).orElse(0L));
    }

    Block block(VolumeSpec spec, Optional<DirtyBlocks> blocks, long offset) {
        Optional<Extent> newest =
                blocks.flatMap(index -> index.newest(offset)).map(IndexQueries::extent);
        Optional<Region> region =
                blocks.stream()
                        .flatMap(index -> index.writtenAfter(0).stream())
                        .filter(at -> at.offset() <= offset && offset < at.offset() + at.length())
                        .findFirst()
                        .map(at -> region(spec, at));
        return new Block(
                source(spec, blocks),
                offset,
                isDirty(spec, blocks, offset, BLOCK_BYTES),
                newest.orElse(null),
                region.orElse(null));
    }

    Heat heat(
            VolumeSpec spec,
            Optional<DirtyBlocks> blocks,
            Parameters.Since since,
            long fromOffset,
            int limit) {
        List<WrittenRegion> found =
                blocks.stream()
                        .flatMap(index -> index.writtenAfter(since.seq()).stream())
                        .filter(at -> at.captureMicros() > since.micros())
                        // What a resize has cut off is no part of the volume any more.
                        .filter(at -> at.offset() < spec.getSizeBytes())
                        .filter(at -> at.offset() + at.length() > fromOffset)
                        .limit(limit + 1L)
                        .toList();
        return new Heat(
                source(spec, blocks),
                blocks.map(DirtyBlocks::heatKnownAfterSeq).orElse(0L),
                found.stream().limit(limit).map(at -> region(spec, at)).toList(),
                found.size() > limit ? found.get(limit).offset() : null);
    }

    private boolean isDirty(
            VolumeSpec spec, Optional<DirtyBlocks> blocks, long offset, long length) {
        return !whyIncomplete(spec, blocks).isEmpty()
                || blocks.map(index -> index.isDirty(offset, length)).orElse(true);
    }

    private Source source(VolumeSpec spec, Optional<DirtyBlocks> blocks) {
        String whyIncomplete = whyIncomplete(spec, blocks);
        return new Source(
                spec.getVvol(),
                site,
                node,
                whyIncomplete.isEmpty(),
                whyIncomplete,
                blocks.map(index -> index.logEnd().seq()).orElse(0L),
                blocks.map(DirtyBlocks::hardenedSeq).orElse(0L));
    }

    /** Empty if what is not dirty is in the image. */
    private String whyIncomplete(VolumeSpec spec, Optional<DirtyBlocks> blocks) {
        return whyImageIsNotWhole
                .apply(spec.getVvol())
                .map("the image is not whole: "::concat)
                .or(() -> blocks.map(IndexQueries::whyIncomplete))
                .orElse("none of its events has come here");
    }

    private static String whyIncomplete(DirtyBlocks index) {
        if (index.isComplete()) {
            return "";
        }
        return index.gap().isEmpty()
                ? "the image is further behind than this index knows"
                : index.gap();
    }

    private static Extent extent(DirtyExtent extent) {
        return new Extent(
                extent.offset(),
                extent.length(),
                extent.seq(),
                extent.writesOffset(),
                extent.isZero() ? "zeroes" : "data");
    }

    private static Region region(VolumeSpec spec, WrittenRegion region) {
        return new Region(
                region.offset(),
                Math.min(region.length(), spec.getSizeBytes() - region.offset()),
                region.seq(),
                Instant.EPOCH.plus(region.captureMicros(), ChronoUnit.MICROS));
    }
}
