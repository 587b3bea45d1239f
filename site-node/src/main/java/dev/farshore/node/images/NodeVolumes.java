package dev.farshore.node.images;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.Images;
import dev.farshore.capture.export.SiteVolumes;
import dev.farshore.capture.read.latest.ReplicaImage;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.Clocks.Skew;
import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.topic.CompactedView;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** This node's volumes, for read-only exports. Threading: any thread. */
public record NodeVolumes(
        Images images,
        DirtyBlockIndex index,
        CompactedView<VolumeSpec> specs,
        Clocks clocks,
        Clock clock)
        implements SiteVolumes {

    @Override
    public List<String> vvols() {
        return images.statuses().stream()
                .map(ReplicaStatus::vvol)
                .filter(vvol -> !isDeleted(vvol))
                .toList();
    }

    private boolean isDeleted(String vvol) {
        return specs.get(vvol).filter(spec -> spec.getPhase() == Phase.DELETED).isPresent();
    }

    @Override
    public Optional<ReplicaImage> image(String vvol) {
        return isDeleted(vvol) || NodeImages.unfitness(images, vvol).isPresent()
                ? Optional.empty()
                : images.find(vvol).map(image -> new Replica(images, image));
    }

    @Override
    public Optional<Integer> partition(String vvol) {
        return specs.get(vvol).map(VolumeSpec::getPartition);
    }

    @Override
    public String whyNoImage(String vvol) {
        return NodeImages.unfitness(images, vvol)
                .or(() -> images.status(vvol).map(NodeVolumes::whyNone))
                .orElse("none of its events has come here, or another node of the site keeps it");
    }

    private static String whyNone(ReplicaStatus status) {
        return status.reason().isEmpty() ? "none of its events has come yet" : status.reason();
    }

    @Override
    public double secondsBehind(String vvol) {
        OptionalLong oldestMicros =
                index.find(vvol)
                        .map(DirtyBlocks::oldestUnhardenedMicros)
                        .orElse(OptionalLong.empty());
        if (oldestMicros.isEmpty()) {
            return 0;
        }
        long nowMicros = EpochMicros.now(clock);
        return Math.max(0, nowMicros - (oldestMicros.getAsLong() - skewOfWriter(vvol))) / 1e6;
    }

    /** By how much the writer's clock is ahead; 0 while that is unknown. */
    private long skewOfWriter(String vvol) {
        return images.find(vvol)
                .map(image -> EpochOwner.parse(image.applied().cursor().owner()))
                .flatMap(owner -> clocks.skewOf(owner.site(), owner.node()))
                .map(Skew::micros)
                .orElse(0L);
    }

    /** Equal to another of the same open image. */
    private record Replica(Images images, Image image) implements ReplicaImage {

        @Override
        public LogCursor applied() {
            return image.applied().cursor();
        }

        @Override
        public ImageState state() {
            ImagePosition position = image.applied();
            return new ImageState(position.cursor(), position.writesOffset(), position.sizeBytes());
        }

        @Override
        public long sizeBytes() {
            return image.sizeBytes();
        }

        @Override
        public long hardenedSeq() {
            return image.hardened().seq();
        }

        @Override
        public long mixedUntilSeq() {
            return image.isConsistent() ? 0 : image.consistentFromSeq();
        }

        @Override
        public boolean isUntouchedSince(long seq, long offset, long length) {
            return image.isUntouchedSince(seq, offset, length);
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

        /**
         * A healthy volume has taken in everything up to its partition's position; a faulty one
         * only up to its own. The partition is asked before the health. If the volume was faulty in
         * between, it can only be healthy again with another image that was opened and has caught
         * up; so the image must still be the same afterwards.
         */
        @Override
        public long takenInOffset() {
            long ownOffset = image.applied().writesOffset();
            ReplicaStatus before = images.status(image.vvol()).orElse(null);
            if (before == null) {
                return ownOffset;
            }
            long partitionOffset = images.processedOffset(before.partition());
            boolean isHealthy =
                    images.status(image.vvol())
                            .filter(status -> status.health() == Health.OK)
                            .isPresent();
            boolean isSame = images.find(image.vvol()).filter(image::equals).isPresent();
            return isHealthy && isSame ? Math.max(ownOffset, partitionOffset) : ownOffset;
        }
    }
}
