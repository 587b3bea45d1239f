package dev.farshore.testkit.verify;

import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;

import java.nio.ByteBuffer;

/** An image in memory. */
final class SimulatedImage implements ImageReader {
    private final ByteBuffer bytes;
    private final int volume;

    SimulatedImage(long sizeBytes, int volume) {
        bytes = ByteBuffer.allocate((int) sizeBytes);
        this.volume = volume;
    }

    void apply(RecordedWrite write) {
        ByteBuffer range = bytes.slice((int) write.offset(), (int) write.length());
        if (write.isZero()) {
            range.put(new byte[range.remaining()]);
        } else {
            SectorStamp.fill(range, volume, write.number(), write.offset());
        }
    }

    @Override
    public void read(long offset, ByteBuffer into) {
        into.put(bytes.slice((int) offset, into.remaining()));
    }
}
