package dev.farshore.capture.read.latest;

import dev.farshore.capture.read.Allocation;
import dev.farshore.capture.read.latest.BlockSourceFinder.Finding;
import dev.farshore.capture.read.latest.BlockSources.Run;
import dev.farshore.capture.read.latest.BlockSources.Source;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;
import dev.farshore.schemas.codec.WriteEventCodec;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which parts of the newest data in the log are holes. As in {@link LatestReader}: what {@link
 * BlockSourceFinder} says was written last by a {@code ZERO} or {@code TRIM}, and the image's holes
 * where it says that the image has the newest, if nothing has begun to change them meanwhile. What
 * is not known at once is data; a read waits for it. Threading: any thread.
 */
public final class LatestAllocation implements Allocation {
    private static final int PART_BYTES = 64 << 20;

    private final Supplier<Optional<ReplicaImage>> images;
    private final WriteLog log;
    private final BlockSourceFinder finder;
    private final Duration patience;

    /**
     * @param images the volume's image as it is open now
     * @param patience how long to wait for the log's end
     */
    public LatestAllocation(
            String vvol,
            int partition,
            Supplier<Optional<ReplicaImage>> images,
            LogIndex index,
            WriteLog log,
            WriteEventCodec codec,
            Duration patience) {
        this.images = images;
        this.log = log;
        this.finder = new BlockSourceFinder(vvol, partition, index, log, codec);
        this.patience = patience;
    }

    @Override
    public void extents(long offset, long length, ExtentConsumer consumer) throws IOException {
        ReplicaImage image = images.get().orElse(null);
        if (image == null) {
            consumer.accept(length, DATA);
            return;
        }
        long logEnd = log.end(patience);
        long end = offset + length;
        try {
            for (long at = offset; at < end; ) {
                int bytes = (int) Math.min(end - at, PART_BYTES);
                if (!part(image, logEnd, at, bytes, consumer)) {
                    return;
                }
                at += bytes;
            }
        } catch (ClosedChannelException e) {
            consumer.accept(length, DATA); // the rest: it is being opened anew, or by another
        }
    }

    private boolean part(
            ReplicaImage image, long logEnd, long offset, int length, ExtentConsumer consumer)
            throws IOException {
        if (!(finder.find(image, logEnd, offset, length, false, Duration.ZERO)
                instanceof Finding.Found(BlockSources sources, long imageSeq))) {
            return consumer.accept(length, DATA);
        }
        for (Run run : sources.runs()) {
            Source source = run.source();
            boolean goesOn =
                    source != null
                            ? consumer.accept(run.length(), source.isZero() ? HOLE : DATA)
                            : Allocation.ofImage(
                                    image,
                                    run.offset(),
                                    run.offset() + run.length(),
                                    (at, bytes) -> image.isUntouchedSince(imageSeq, at, bytes),
                                    consumer);
            if (!goesOn) {
                return false;
            }
        }
        return true;
    }
}
