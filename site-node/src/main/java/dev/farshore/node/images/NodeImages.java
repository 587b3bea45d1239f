package dev.farshore.node.images;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.Images;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The images and the index of the streams application, as the block server sees them.
 *
 * @param reports what a site has said of a volume last
 * @param logEnds by partition: where {@code farshore.writes} ended when the node started
 */
public record NodeImages(
        Images images,
        DirtyBlockIndex index,
        SiteProgress progress,
        Reports reports,
        SeedNeeds seedNeeds,
        Map<Integer, Long> logEnds)
        implements LocalImages {

    @Override
    public Optional<LocalImage> find(String vvol) {
        return images.find(vvol).map(image -> new Local(vvol, image));
    }

    @Override
    public Optional<String> unfitness(String vvol) {
        return unfitness(images, vvol)
                .or(
                        () ->
                                images.status(vvol)
                                        .filter(status -> !status.isCompared())
                                        .map(status -> "it is being compared with the log"));
    }

    /** Why an image holds no state that the volume ever had; empty if it holds one. */
    static Optional<String> unfitness(Images images, String vvol) {
        return images.status(vvol)
                .filter(
                        status ->
                                status.health() == Health.NEEDS_SEED
                                        || (status.health() == Health.SEEDING
                                                && status.applied().seed().isBase()))
                .map(
                        status ->
                                status.health() == Health.SEEDING
                                        ? "it is being seeded"
                                        : "it needs a seed: " + status.reason());
    }

    @Override
    public Optional<String> fault(String vvol) {
        return images.status(vvol)
                .filter(status -> !status.reason().isEmpty())
                .map(status -> "%s: %s".formatted(status.health(), status.reason()));
    }

    @Override
    public Optional<String> siteInNeedOfSeed(String vvol, SeedMark newest) {
        ImagePosition own =
                images.status(vvol)
                        .filter(status -> status.health() == Health.OK)
                        .map(ReplicaStatus::applied)
                        .orElse(ImagePosition.START);
        long ownSeq = own.seq() == 0 ? -1 : own.seq();
        return seedNeeds.siteInNeed(vvol, inThisLog(newest, own), ownSeq);
    }

    /** The log may have lost a seed that this image has seen: no other image will meet it then. */
    static SeedMark inThisLog(SeedMark newest, ImagePosition own) {
        return own.writesOffset() < 0 || newest.startedOffset() <= own.writesOffset()
                ? newest
                : new SeedMark(
                        newest.id(),
                        newest.isImport(),
                        -1,
                        newest.startedSeq(),
                        newest.isFinished(),
                        newest.isBase());
    }

    /** Whether the site that reports has every event up to the one it has hardened. */
    public boolean hasAllUpToHardened(Progress report) {
        return SiteProgress.hasAllUpToHardened(
                report,
                images.find(report.getVvol())
                        .map(image -> image.applied().seed())
                        .orElse(SeedMark.NONE));
    }

    @Override
    public LogCursor headersEnd(String vvol) {
        return index.find(vvol).map(DirtyBlocks::logEnd).orElse(LogCursor.START);
    }

    @Override
    public Optional<IndexedHeader> newestHeader(String vvol) {
        return index.find(vvol).flatMap(DirtyBlocks::newestHeader);
    }

    @Override
    public boolean isKeptHere(int partition) {
        return images.isActive(partition);
    }

    @Override
    public boolean isCaughtUp(int partition) {
        return images.processedOffset(partition) + 1 >= logEnds.getOrDefault(partition, 0L);
    }

    @Override
    public List<String> sites(String vvol) {
        return List.copyOf(progress.of(vvol).keySet());
    }

    @Override
    public Optional<List<LackedRange>> lackedAt(
            String vvol, String site, long offset, long length, int maxRanges) {
        Progress report = progress.of(vvol).get(site);
        if (report == null) {
            return Optional.empty();
        }
        if (!hasAllUpToHardened(report)) {
            return Optional.of(List.of(new LackedRange(offset, length)));
        }
        return index.find(vvol)
                .flatMap(
                        blocks ->
                                blocks.lackingAfter(
                                        report.getHardenedSeq(), offset, length, maxRanges))
                .map(
                        ranges ->
                                ranges.stream()
                                        .map(
                                                range ->
                                                        new LackedRange(
                                                                range.offset(), range.length()))
                                        .toList());
    }

    /** What a site has said of a volume last. */
    public interface Reports {
        Optional<Progress> of(String vvol, String site);
    }

    @Override
    public Optional<KeptBy> keptBy(String vvol, String site) {
        return reports.of(vvol, site)
                .map(report -> new KeptBy(report.getNode(), report.getEndpoint(), applied(report)));
    }

    /** Where a site's image stands; VM seq and bytes are those of what it has hardened. */
    public static LogCursor applied(Progress report) {
        return new LogCursor(
                report.getEpoch(),
                report.getEpochOwner(),
                report.getOpen(),
                report.getAppliedSeq(),
                report.getHardenedVmSeq(),
                report.getHardenedTotalBytes());
    }

    private record Local(String vvol, Image image) implements LocalImage {
        @Override
        public LogCursor applied() {
            return image.applied().cursor();
        }

        @Override
        public LogPosition position() {
            ImagePosition applied = image.applied();
            return new LogPosition(applied.cursor(), applied.writesOffset());
        }

        @Override
        public long sizeBytes() {
            return image.sizeBytes();
        }

        @Override
        public SeedMark seed() {
            return image.applied().seed();
        }

        @Override
        public Optional<Path> file() {
            return Optional.of(image.path());
        }

        @Override
        public long hardenedSeq() {
            return image.hardened().seq();
        }

        @Override
        public long nextData(long from, long end) throws IOException {
            return image.nextData(from, end);
        }

        @Override
        public long nextHole(long from, long end) throws IOException {
            return image.nextHole(from, end);
        }

        @Override
        public void read(long offset, ByteBuffer into) throws IOException {
            image.read(offset, into);
        }
    }
}
