package dev.farshore.capture.volume;

import dev.farshore.nbd.BlockDevice;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a write that begins or ends within a sector lacks of it: as everything behind it is in whole
 * sectors, the rest is read from the volume.
 *
 * <p><b>Why that is atomic to others.</b> Such a write always waits its turn in the volume's queue
 * of changes, if only for the read, and the read begins when it is the first there. Until it is out
 * of the queue no other change is given a place, as none overtakes one that waits; a change of the
 * volume's size, which does, has it read again. So what was read is, when the write gets its place,
 * still what the event before has left. Writes whose disk can't be read hold up their own volume
 * only: nobody waits for the read.
 *
 * <p>Threading: its state is guarded by the volume's lock; {@link #read} by one thread at a time,
 * without it.
 */
final class SectorRest {
    private static final int SECTOR_BYTES = BlockDevice.BLOCK_BYTES;

    /** Reads the volume as it is. */
    interface Volume {
        void read(long offset, ByteBuffer into) throws IOException;
    }

    private enum State {
        UNKNOWN,
        BEING_READ,
        /** As before, but what is read may be out of date. */
        BEING_READ_IN_VAIN,
        KNOWN
    }

    private final long offset;
    private final ByteBuffer sectors;
    private final int headBytes;
    private final int tailBytes;
    private final Volume volume;
    private final int lengthBytes;
    private final byte[] first = new byte[SECTOR_BYTES];
    private final byte[] last = new byte[SECTOR_BYTES];
    private State state = State.UNKNOWN;

    /**
     * @param sectors the write's payload from {@code offset} on, of which the first {@code
     *     headBytes} and the last {@code tailBytes} are filled in
     */
    SectorRest(long offset, ByteBuffer sectors, int headBytes, int tailBytes, Volume volume) {
        this.offset = offset;
        this.sectors = sectors;
        this.headBytes = headBytes;
        this.tailBytes = tailBytes;
        this.volume = volume;
        this.lengthBytes = sectors.remaining();
    }

    boolean isKnown() {
        return state == State.KNOWN;
    }

    /** Whether the caller is to {@link #read}, as nobody has, or does. */
    boolean startReading() {
        if (state != State.UNKNOWN) {
            return false;
        }
        state = State.BEING_READ;
        return true;
    }

    /** Fills in what was read, unless that is out of date. */
    void wasRead() {
        if (state == State.BEING_READ_IN_VAIN) {
            state = State.UNKNOWN;
            return;
        }
        state = State.KNOWN;
        int start = sectors.position();
        int end = sectors.limit();
        sectors.put(start, first, 0, headBytes);
        sectors.put(end - tailBytes, last, SECTOR_BYTES - tailBytes, tailBytes);
    }

    /** The volume has changed, out of turn. */
    void forget() {
        state =
                state == State.BEING_READ || state == State.BEING_READ_IN_VAIN
                        ? State.BEING_READ_IN_VAIN
                        : State.UNKNOWN;
    }

    /**
     * Reads what is not the client's; blocks. The payload may be gone meanwhile: it is left alone.
     */
    void read() throws IOException {
        if (headBytes > 0) {
            volume.read(offset, ByteBuffer.wrap(first));
        }
        if (tailBytes > 0) {
            volume.read(offset + lengthBytes - SECTOR_BYTES, ByteBuffer.wrap(last));
        }
    }
}
