package dev.farshore.capture.read.latest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads a site's image of a volume as it stands, beside the applier.
 *
 * <p><b>What a read gives.</b> Every 4 KiB block as it was after one event of the log, and nothing
 * of a later one; that event is no earlier than the one the image stood at when the read began. A
 * whole read is of one event, too, unless the applier changed parts of its range again and again
 * while it was read. So reads that follow one another never go back in time.
 *
 * <p><b>Why.</b> What was read counts only if no event after the one the image stood at before has
 * begun to change the range until it was read.
 *
 * <p>Threading: any thread; blocks.
 */
public final class ReplicaReader {
    private final String vvol;
    private final OpenImages images;
    private final Duration patience;

    /**
     * @param images the volume's image as it is open now
     */
    public ReplicaReader(String vvol, Supplier<Optional<ReplicaImage>> images, Duration patience) {
        this.vvol = vvol;
        this.images = new OpenImages(vvol, images);
        this.patience = patience;
    }

    /**
     * Fills {@code into}.
     *
     * @throws IOException if the image can't be read, or is no state that the volume had
     */
    public void read(long offset, ByteBuffer into) throws IOException {
        long deadlineNanos = System.nanoTime() + patience.toNanos();
        ConsistentRead.read(
                offset, into, patience, (from, part) -> tryRead(from, part, deadlineNanos));
    }

    private boolean tryRead(long offset, ByteBuffer into, long deadlineNanos) throws IOException {
        ReplicaImage image = images.await(deadlineNanos);
        long standingSeq = image.state().cursor().seq();
        long mixedUntilSeq = image.mixedUntilSeq();
        if (mixedUntilSeq > 0) {
            throw new IOException(
                    "the image of %s is mixed until event %d after a crash, and stands at event %d; it becomes right by itself as the log is applied"
                            .formatted(vvol, mixedUntilSeq, standingSeq));
        }
        int length = into.remaining();
        try {
            image.read(offset, into);
        } catch (ClosedChannelException e) {
            OpenImages.pause();
            return false; // it is being opened anew, or by another
        }
        return image.isUntouchedSince(standingSeq, offset, length);
    }
}
