package dev.farshore.cli.node.query;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.apply.index.WrittenRegion;
import dev.farshore.cli.node.query.Answers.Block;
import dev.farshore.cli.node.query.Answers.Dirty;
import dev.farshore.cli.node.query.Answers.Extent;
import dev.farshore.cli.node.query.Answers.Heat;
import dev.farshore.cli.node.query.Answers.Region;
import dev.farshore.cli.node.query.Answers.Source;
import dev.farshore.cli.node.query.Answers.Summary;
import dev.farshore.schemas.event.VolumeSpec;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Answers from the index of this node. Each part of an answer is of its own moment: the index goes
 * on meanwhile.
 */
record Questions(String site, String node) {
    static final int BLOCK_BYTES = 512;

    Dirty dirty(VolumeSpec spec, Optional<DirtyBlocks> blocks, Parameters.Range range, int limit) {
        // One more than is told tells whether there is more.
        List<DirtyExtent> found =
                blocks.map(index -> index.extents(range.offset(), range.length(), limit + 1))
                        .orElse(List.of());
        List<Extent> told = found.stream().limit(limit).map(Questions::extent).toList();
        return new Dirty(
                source(spec, blocks),
                range.offset(),
                range.length(),
                blocks.map(index -> index.isDirty(range.offset(), range.length())).orElse(false),
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
                blocks.flatMap(index -> index.newest(offset)).map(Questions::extent);
        Optional<Region> region =
                blocks.stream()
                        .flatMap(index -> index.writtenAfter(0).stream())
                        .filter(at -> at.offset() <= offset && offset < at.offset() + at.length())
                        .findFirst()
                        .map(at -> region(spec, at));
        return new Block(
                source(spec, blocks),
                offset,
                blocks.map(index -> index.isDirty(offset, BLOCK_BYTES)).orElse(false),
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

    private Source source(VolumeSpec spec, Optional<DirtyBlocks> blocks) {
        return new Source(
                spec.getVvol(),
                site,
                node,
                blocks.map(DirtyBlocks::isComplete).orElse(true),
                blocks.map(Questions::whyIncomplete).orElse(""),
                blocks.map(index -> index.logEnd().seq()).orElse(0L),
                blocks.map(DirtyBlocks::hardenedSeq).orElse(0L));
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
