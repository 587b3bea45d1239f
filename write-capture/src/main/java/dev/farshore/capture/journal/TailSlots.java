package dev.farshore.capture.journal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
        TailSlot newest = null;
        int index = 0;
        for (int i = 0; i < Layout.SLOT_OFFSETS.length; i++) {
            byte[] bytes =
                    file.memory()
                            .asSlice(Layout.SLOT_OFFSETS[i], Layout.SLOT_BYTES)
                            .toArray(ValueLayout.JAVA_BYTE);
            TailSlot slot = TailSlot.decode(bytes, identity);
            if (slot != null && (newest == null || slot.generation() > newest.generation())) {
                newest = slot;
                index = i;
            }
        }
        if (newest == null) {
            throw FileHeader.corrupt(path, "both its tail slots are damaged");
        }
        // The process that wrote it may have died before it made it stable.
        file.force(Layout.SLOT_OFFSETS[index], Layout.SLOT_BYTES);
        return new TailSlots(file, identity, index, newest);
    }

    TailSlot current() {
        return current;
    }

    /** Writes the slot that is not the stable one; a crash of the host may or may not see it. */
    void write(TailSlot slot) {
        MemorySegment.copy(
                MemorySegment.ofArray(slot.encode(identity)),
                0,
                file.memory(),
                Layout.SLOT_OFFSETS[1 - stableIndex],
                Layout.SLOT_BYTES);
        current = slot;
        isStable = false;
    }

    /** Makes what was written last stable. */
    void persist() throws JournalException {
        if (isStable) {
            return;
        }
        file.force(Layout.SLOT_OFFSETS[1 - stableIndex], Layout.SLOT_BYTES);
        stableIndex = 1 - stableIndex;
        isStable = true;
    }
}
