package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.Layout;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Where a journal begins, and its mark of the host.
 *
 * @param generation higher in each slot written
 * @param incarnation how often the journal was opened
 * @param resumeSeq first seq appended in this incarnation
 * @param tailPosition end of the last released entry: the oldest entry kept starts here or, if it
 *     did not fit, at the next lap
 * @param released the last event released; the oldest entry kept has the next seq
 * @param mark null in a slot written by a version without marks
 */
record TailSlot(
        long generation,
        int incarnation,
        long resumeSeq,
        long tailPosition,
        JournalPosition released,
        @Nullable HostMark mark) {

    long firstSeq() {
        return released.seq() + 1;
    }

    /** The mark; one that says nothing where the slot has none. */
    HostMark host() {
        return mark == null ? HostMark.UNKNOWN : mark;
    }

    TailSlot releasedUpTo(JournalPosition newReleased, long newTailPosition) {
        return new TailSlot(
                generation + 1, incarnation, resumeSeq, newTailPosition, newReleased, mark);
    }

    /** For appending from {@code newResumeSeq} on, whatever an earlier incarnation left there. */
    TailSlot reopened(long newResumeSeq, HostMark newMark) {
        return new TailSlot(
                generation + 1, incarnation + 1, newResumeSeq, tailPosition, released, newMark);
    }

    TailSlot withHost(HostMark newMark) {
        return new TailSlot(
                generation + 1, incarnation, resumeSeq, tailPosition, released, newMark);
    }

    /** The slot's bytes. */
    byte[] encode(long identity) {
        ByteBuffer slot =
                ByteBuffer.allocate(Layout.SLOT_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(Layout.SLOT_INCARNATION, incarnation)
                        .putLong(Layout.SLOT_GENERATION, generation)
                        .putLong(Layout.SLOT_RESUME_SEQ, resumeSeq)
                        .putLong(Layout.SLOT_TAIL_POSITION, tailPosition)
                        .putLong(Layout.SLOT_RELEASED_SEQ, released.seq())
                        .putLong(Layout.SLOT_RELEASED_VM_SEQ, released.vmSeq())
                        .putLong(Layout.SLOT_RELEASED_TOTAL_BYTES, released.totalBytes())
                        .putInt(Layout.SLOT_RELEASED_EPOCH, released.epoch());
        slot.putInt(Layout.SLOT_CRC, crc(slot.array(), identity));
        if (mark != null) {
            mark.encode(slot);
            slot.putInt(Layout.MARK_CRC, markCrc(slot.array(), identity));
        }
        return slot.array();
    }

    /** Reads a slot; null when it is torn or was never written. */
    static @Nullable TailSlot decode(byte[] bytes, long identity) {
        ByteBuffer slot = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (slot.getInt(Layout.SLOT_CRC) != crc(bytes, identity)) {
            return null;
        }
        boolean isMarked = slot.getInt(Layout.MARK_CRC) == markCrc(bytes, identity);
        return new TailSlot(
                slot.getLong(Layout.SLOT_GENERATION),
                slot.getInt(Layout.SLOT_INCARNATION),
                slot.getLong(Layout.SLOT_RESUME_SEQ),
                slot.getLong(Layout.SLOT_TAIL_POSITION),
                new JournalPosition(
                        slot.getInt(Layout.SLOT_RELEASED_EPOCH),
                        slot.getLong(Layout.SLOT_RELEASED_SEQ),
                        slot.getLong(Layout.SLOT_RELEASED_VM_SEQ),
                        slot.getLong(Layout.SLOT_RELEASED_TOTAL_BYTES)),
                isMarked ? HostMark.decode(slot) : null);
    }

    private static int crc(byte[] slot, long identity) {
        CRC32C crc = new CRC32C();
        crc.update(slot, Layout.SLOT_CRC_FROM, Layout.SLOT_CRC_END - Layout.SLOT_CRC_FROM);
        return finished(crc, identity);
    }

    private static int markCrc(byte[] slot, long identity) {
        CRC32C crc = new CRC32C();
        crc.update(slot, 0, Layout.MARK_CRC);
        crc.update(slot, Layout.MARK_FLAGS, Layout.SLOT_BYTES - Layout.MARK_FLAGS);
        return finished(crc, identity);
    }

    /** The identity is summed, but not stored. */
    private static int finished(CRC32C crc, long identity) {
        crc.update(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(0, identity));
        return (int) crc.getValue();
    }
}
