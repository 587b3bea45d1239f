package dev.farshore.node.images;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.capture.read.latest.ReplicaImage;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A real image, and the applier's way through the log. One thread applies, any thread reads. */
final class SimulatedReplica implements ReplicaImage {
    private final Image image;
    private final SimulatedLog log;
    private volatile long takenIn;

    SimulatedReplica(Path directory, String vvol, SimulatedLog log) throws IOException {
        this.image = Image.open(directory, vvol, 0, 1000);
        this.log = log;
        this.takenIn = image.applied().writesOffset();
    }

    Image image() {
        return image;
    }

    /** Takes the next record of the partition in; returns whether there was one. */
    boolean takeIn() throws IOException {
        long offset = takenIn + 1;
        if (offset >= log.size()) {
            return false;
        }
        LogEvent event = log.event(offset);
        if (event.header().vvol().equals(image.vvol())
                && image.applied().cursor().judge(event.header())
                        instanceof Verdict.Next(LogCursor after)) {
            image.apply(event, after, offset);
        }
        takenIn = offset;
        return true;
    }

    @Override
    public ImageState state() {
        ImagePosition position = image.applied();
        return new ImageState(position.cursor(), position.writesOffset(), position.sizeBytes());
    }

    @Override
    public long takenInOffset() {
        return takenIn;
    }

    @Override
    public boolean isUntouchedSince(long seq, long offset, long length) {
        return image.isUntouchedSince(seq, offset, length);
    }

    @Override
    public long mixedUntilSeq() {
        return image.isConsistent() ? 0 : image.consistentFromSeq();
    }

    @Override
    public LogCursor applied() {
        return image.applied().cursor();
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
    public void read(long offset, ByteBuffer into) throws IOException {
        image.read(offset, into);
    }
}
