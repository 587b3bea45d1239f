package dev.farshore.capture.journal;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Where a journal begins.
 *
 * @param generation higher in each slot written
 * @param incarnation how often the journal was opened
 * @param resumeSeq first seq appended in this incarnation
 * @param tailPosition end of the last released entry: the oldest entry kept starts here or, if it
 *     did not fit, at the next lap
 * @param released the last event released; the oldest entry kept has the next seq
 */
record TailSlot(
        long generation,
        int incarnation,
        long resumeSeq,
        long tailPosition,
        JournalPosition released) {

    long firstSeq() {
        return released.seq() + 1;
    }

    TailSlot releasedUpTo(JournalPosition newReleased, long newTailPosition) {
        return new TailSlot(generation + 1, incarnation, resumeSeq, newTailPosition, newReleased);
    }

    /** For appending from {@code newResumeSeq} on, whatever an earlier incarnation left there. */
    TailSlot reopened(long newResumeSeq) {
        return new TailSlot(generation + 1, incarnation + 1, newResumeSeq, tailPosition, released);
    }

    /** For appending after {@code position} to a ring that is empty. */
    TailSlot resumedAfter(JournalPosition position, long headPosition) {
        return new TailSlot(
                generation + 1, incarnation + 1, position.seq() + 1, headPosition, position);
    }

    /** The slot's bytes, and after them the identity, which is summed but not stored. */
    byte[] encode(long identity) {
        ByteBuffer slot =
                ByteBuffer.allocate(Layout.SLOT_BYTES + Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(Layout.SLOT_INCARNATION, incarnation)
                        .putLong(Layout.SLOT_GENERATION, generation)
                        .putLong(Layout.SLOT_RESUME_SEQ, resumeSeq)
                        .putLong(Layout.SLOT_TAIL_POSITION, tailPosition)
                        .putLong(Layout.SLOT_RELEASED_SEQ, released.seq())
                        .putLong(Layout.SLOT_RELEASED_VM_SEQ, released.vmSeq())
                        .putLong(Layout.SLOT_RELEASED_TOTAL_BYTES, released.totalBytes())
                        .putInt(Layout.SLOT_RELEASED_EPOCH, released.epoch())
                        .putLong(Layout.SLOT_BYTES, identity);
        return slot.putInt(Layout.SLOT_CRC, crc(slot.array())).array();
    }

    /** Reads a slot; null when it is torn or was never written. */
    static @Nullable TailSlot decode(byte[] bytes, long identity) {
        ByteBuffer slot =
                ByteBuffer.allocate(Layout.SLOT_BYTES + Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(0, bytes, 0, Layout.SLOT_BYTES)
                        .putLong(Layout.SLOT_BYTES, identity);
        if (slot.getInt(Layout.SLOT_CRC) != crc(slot.array())) {
            return null;
        }
        return new TailSlot(
                slot.getLong(Layout.SLOT_GENERATION),
                slot.getInt(Layout.SLOT_INCARNATION),
                slot.getLong(Layout.SLOT_RESUME_SEQ),
                slot.getLong(Layout.SLOT_TAIL_POSITION),
                new JournalPosition(
                        slot.getInt(Layout.SLOT_RELEASED_EPOCH),
                        slot.getLong(Layout.SLOT_RELEASED_SEQ),
                        slot.getLong(Layout.SLOT_RELEASED_VM_SEQ),
                        slot.getLong(Layout.SLOT_RELEASED_TOTAL_BYTES)));
    }

    private static int crc(byte[] slotAndIdentity) {
        CRC32C crc = new CRC32C();
        crc.update(
                slotAndIdentity,
                Layout.SLOT_CRC_FROM,
                slotAndIdentity.length - Layout.SLOT_CRC_FROM);
        return (int) crc.getValue();
    }
}
