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
    private final Supplier<Optional<ReplicaImage>> images;
    private final Duration patience;

    /**
     * @param images the volume's image as it is open now
     */
    public ReplicaReader(String vvol, Supplier<Optional<ReplicaImage>> images, Duration patience) {
        this.vvol = vvol;
        this.images = images;
        this.patience = patience;
    }

    /**
     * Fills {@code into}.
     *
     * @throws IOException if the image can't be read, or is no state that the volume had
     */
    public void read(long offset, ByteBuffer into) throws IOException {
        OneMoment.read(offset, into, patience, this::tryRead);
    }

    private boolean tryRead(long offset, ByteBuffer into) throws IOException {
        ReplicaImage image =
                images.get()
                        .orElseThrow(
                                () -> new IOException("the image of " + vvol + " is not here"));
        long standingSeq = image.standing().cursor().seq();
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
            if (images.get().filter(image::equals).isPresent()) {
                throw e;
            }
            return false; // it was opened anew after a fault
        }
        return image.isUntouchedSince(standingSeq, offset, length);
    }
}
