package dev.farshore.node.images;

import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.apply.store.Images;
import dev.farshore.process.config.KafkaConfig;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.CompactedView;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Finds volumes whose image is missing at this node and whose events are no longer in the log.
 * Nobody writes to them, so no event would ever reveal it. Reports of sites tell that they were
 * written once.
 *
 * <p>Threading: a thread of its own.
 */
public final class MissingImages implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MissingImages.class);
    private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

    private final KafkaConfig kafka;
    private final Images images;
    private final CompactedView<VolumeSpec> volumes;
    private final CompactedView<Progress> progress;
    private final Thread thread;
    private volatile boolean isClosed;

    public MissingImages(
            KafkaConfig kafka,
            Images images,
            CompactedView<VolumeSpec> volumes,
            CompactedView<Progress> progress) {
        this.kafka = kafka;
        this.images = images;
        this.volumes = volumes;
        this.progress = progress;
        this.thread = Thread.ofVirtual().name("missing-images").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        while (!isClosed) {
            LockSupport.parkNanos(INTERVAL_NANOS);
            try {
                look();
            } catch (InterruptedException e) {
                return; // closed
            } catch (IOException | RuntimeException e) {
                log.atWarn().setCause(e).log("looking for missing images failed; trying again");
            }
        }
    }

    private void look() throws IOException, InterruptedException {
        List<VolumeSpec> missing =
                volumes.snapshot().values().stream()
                        .filter(spec -> images.isActive(spec.getPartition()))
                        .filter(spec -> isMissing(images.status(spec.getVvol())))
                        .collect(Collectors.toCollection(ArrayList::new));
        if (isClosed || missing.isEmpty()) {
            return;
        }
        Map<String, Progress> farthest = new HashMap<>();
        for (Progress image : progress.snapshot().values()) {
            farthest.merge(
                    image.getVvol(),
                    image,
                    (a, b) -> a.getHardenedWritesOffset() >= b.getHardenedWritesOffset() ? a : b);
        }
        missing.removeIf(spec -> !isWritten(farthest.get(spec.getVvol())));
        if (missing.isEmpty()) {
            return;
        }
        Map<Integer, Long> begins = PartitionOffsets.beginnings(kafka);
        for (VolumeSpec spec : missing) {
            Progress known = farthest.get(spec.getVvol());
            long begin = begins.getOrDefault(spec.getPartition(), 0L);
            long passed = Math.max(begin - 1, images.processedOffset(spec.getPartition()));
            if (known != null && known.getHardenedWritesOffset() <= passed) {
                images.needSeed(
                        spec.getPartition(),
                        spec.getVvol(),
                        "there is no image, and event %d, which site %s has, is not in the log any more"
                                .formatted(known.getHardenedSeq(), known.getSite()),
                        begin);
            }
        }
    }

    private static boolean isMissing(Optional<ReplicaStatus> status) {
        return status.isEmpty()
                || (status.get().applied().seq() == 0 && status.get().health() == Health.OK);
    }

    private static boolean isWritten(@Nullable Progress image) {
        return image != null && image.getHardenedSeq() > 0;
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
