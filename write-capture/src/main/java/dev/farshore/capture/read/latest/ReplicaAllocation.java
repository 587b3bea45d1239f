package dev.farshore.capture.read.latest;

import dev.farshore.capture.read.Allocation;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which parts of a site's image are holes, beside the applier. As in {@link ReplicaReader}: a hole
 * that was found counts only if no event after the one the image stood at before has begun to
 * change the range by then. Of an image that is not open, or that a crash left mixed, all is data:
 * a read of it says why it fails. Threading: any thread.
 */
public final class ReplicaAllocation implements Allocation {
    private final Supplier<Optional<ReplicaImage>> images;

    /**
     * @param images the volume's image as it is open now
     */
    public ReplicaAllocation(Supplier<Optional<ReplicaImage>> images) {
        this.images = images;
    }

    @Override
    public void extents(long offset, long length, ExtentConsumer consumer) throws IOException {
        ReplicaImage image = images.get().orElse(null);
        if (image == null || image.mixedUntilSeq() > 0) {
            consumer.accept(length, DATA);
            return;
        }
        long seq = image.state().cursor().seq();
        try {
            Allocation.ofImage(
                    image,
                    offset,
                    offset + length,
                    (at, bytes) -> image.isUntouchedSince(seq, at, bytes),
                    consumer);
        } catch (ClosedChannelException e) {
            consumer.accept(length, DATA); // the rest: it is being opened anew, or by another
        }
    }
}
