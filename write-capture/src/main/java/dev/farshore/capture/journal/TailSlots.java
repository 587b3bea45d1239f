package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.FileHeader;
import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.MappedFile;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The two tail slots. One of them, the <em>stable</em> one, is on stable storage and is not touched
 * until the other is too. So whenever process or host stop, a whole slot is found, and what it says
 * was true once: the entries it begins with are still whole, because the space before a tail is
 * reused only after that tail is stable (see {@link Tail}).
 *
 * <p>Threading: not safe; {@link Tail} guards it.
 */
final class TailSlots {
    private final MappedFile file;
    private final long identity;
    private int stableIndex;
    private TailSlot current;
    private boolean isStable = true;

    private TailSlots(MappedFile file, long identity, int stableIndex, TailSlot current) {
        this.file = file;
        this.identity = identity;
        this.stableIndex = stableIndex;
        this.current = current;
    }

    /** Finds the newest whole slot and makes it the stable one. */
    static TailSlots open(MappedFile file, long identity, Path path) throws JournalException {
        @Nullable TailSlot[] slots = new TailSlot[Layout.SLOTS];
        int newest = -1;
        for (int i = 0; i < slots.length; i++) {
            byte[] bytes =
                    file.memory()
                            .asSlice(Layout.slotOffset(i), Layout.SLOT_BYTES)
                            .toArray(ValueLayout.JAVA_BYTE);
            slots[i] = TailSlot.decode(bytes, identity);
            if (slots[i] != null && (newest < 0 || isNewer(slots[i], slots[newest]))) {
                newest = i;
            }
        }
        TailSlot found = newest < 0 ? null : slots[newest];
        if (found == null) {
            throw FileHeader.corrupt(path, "both its tail slots are damaged");
        }
        // The process that wrote it may have died before it made it stable.
        file.force(Layout.slotOffset(newest), Layout.SLOT_BYTES);
        return new TailSlots(file, identity, newest, found);
    }

    /**
     * Of two slots of one incarnation either both have a mark or none: the one without was caught
     * half written. A program that knows no marks begins an incarnation of its own.
     */
    private static boolean isNewer(TailSlot slot, @Nullable TailSlot than) {
        if (than == null) {
            return true;
        }
        boolean isOneTorn = (slot.mark() == null) != (than.mark() == null);
        if (isOneTorn && slot.incarnation() == than.incarnation()) {
            return slot.mark() != null;
        }
        return slot.generation() > than.generation();
    }

    TailSlot current() {
        return current;
    }

    /**
     * Writes the slot that is not the stable one; a crash of the host may or may not see it. Its
     * first checksum is made wrong before and right after all else: so a process that dies in the
     * middle leaves no slot, rather than one with another's mark.
     */
    void write(TailSlot slot) {
        MemorySegment place =
                file.memory().asSlice(Layout.slotOffset(1 - stableIndex), Layout.SLOT_BYTES);
        MemorySegment bytes = MemorySegment.ofArray(slot.encode(identity));
        int crc = bytes.get(ValueLayout.JAVA_INT_UNALIGNED, Layout.SLOT_CRC);
        place.set(ValueLayout.JAVA_INT_UNALIGNED, Layout.SLOT_CRC, ~crc);
        VarHandle.releaseFence();
        MemorySegment.copy(
                bytes,
                Layout.SLOT_CRC_FROM,
                place,
                Layout.SLOT_CRC_FROM,
                Layout.SLOT_BYTES - Layout.SLOT_CRC_FROM);
        VarHandle.releaseFence();
        place.set(ValueLayout.JAVA_INT_UNALIGNED, Layout.SLOT_CRC, crc);
        current = slot;
        isStable = false;
    }

    /** Makes what was written last stable. */
    void persist() throws JournalException {
        if (isStable) {
            return;
        }
        file.force(Layout.slotOffset(1 - stableIndex), Layout.SLOT_BYTES);
        stableIndex = 1 - stableIndex;
        isStable = true;
    }
}
