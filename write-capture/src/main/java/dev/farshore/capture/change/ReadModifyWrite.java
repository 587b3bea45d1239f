package dev.farshore.capture.change;

import dev.farshore.nbd.BlockDevice;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The read that a write needs which begins or ends within a sector: events are in whole sectors, so
 * the rest of its first and last sector is read from the volume.
 *
 * <p><b>Why that is atomic to others.</b> Such a write always waits in the {@link ChangeQueue}, if
 * only for the read, and the read begins when the write is first in the queue. Until it leaves the
 * queue no other change is given a place, as none overtakes one that waits. Events out of turn,
 * such as a resize, make it read again. So when the write gets its place, what was read is still
 * what the event before it left. A disk that can't be read holds up its own volume only: nobody
 * waits for the read.
 *
 * <p>Threading: its state is guarded by the queue's lock; {@link #read} by one thread at a time,
 * without it.
 */
public final class ReadModifyWrite {
    private static final int SECTOR_BYTES = BlockDevice.BLOCK_BYTES;

    /** Reads the volume as it is. */
    public interface Volume {
        void read(long offset, ByteBuffer into) throws IOException;
    }

    private enum State {
        UNKNOWN,
        BEING_READ,
        /** What is being read may be out of date. */
        BEING_READ_IN_VAIN,
        KNOWN
    }

    private final long offset;
    private final ByteBuffer sectors;

    /** Where {@link #offset} is in {@link #sectors}, whose position moves as pieces are taken. */
    private final int start;

    private final int headBytes;
    private final int tailBytes;
    private final Volume volume;
    private final int lengthBytes;
    private final byte[] first = new byte[SECTOR_BYTES];
    private final byte[] last = new byte[SECTOR_BYTES];
    private State state = State.UNKNOWN;

    /**
     * @param sectors the write's payload from {@code offset} on; its first {@code headBytes} and
     *     its last {@code tailBytes} are to be filled in
     */
    public ReadModifyWrite(
            long offset, ByteBuffer sectors, int headBytes, int tailBytes, Volume volume) {
        this.offset = offset;
        this.sectors = sectors;
        this.start = sectors.position();
        this.headBytes = headBytes;
        this.tailBytes = tailBytes;
        this.volume = volume;
        this.lengthBytes = sectors.remaining();
    }

    boolean isKnown() {
        return state == State.KNOWN;
    }

    /** Whether the caller has to {@link #read}: nobody has, and nobody does. */
    boolean startReading() {
        if (state != State.UNKNOWN) {
            return false;
        }
        state = State.BEING_READ;
        return true;
    }

    /** Fills in what was read, unless it is out of date. */
    void wasRead() {
        if (state == State.BEING_READ_IN_VAIN) {
            state = State.UNKNOWN;
            return;
        }
        state = State.KNOWN;
        int end = sectors.limit();
        sectors.put(start, first, 0, headBytes);
        sectors.put(end - tailBytes, last, SECTOR_BYTES - tailBytes, tailBytes);
    }

    /** The volume has changed out of turn: what was read, or is being read, does not count. */
    void forget() {
        state =
                state == State.BEING_READ || state == State.BEING_READ_IN_VAIN
                        ? State.BEING_READ_IN_VAIN
                        : State.UNKNOWN;
    }

    /** Blocks. Leaves the payload alone, which may be gone meanwhile. */
    void read() throws IOException {
        if (headBytes > 0) {
            volume.read(offset, ByteBuffer.wrap(first));
        }
        if (tailBytes > 0) {
            volume.read(offset + lengthBytes - SECTOR_BYTES, ByteBuffer.wrap(last));
        }
    }
}
