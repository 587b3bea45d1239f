package dev.farshore.capture.journal;

import dev.farshore.capture.journal.file.MappedFile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * What of a mapped file is on the disk, in place of {@code msync}. A page gets there when it is
 * forced; and any page at any time, as the kernel writes back when it likes. At the cut each page
 * is as the disk had it, or as memory has it, or some sectors of it are: a disk writes a sector
 * whole or not at all.
 */
final class PowerCutDisk implements MappedFile.Forcing {
    private static final int PAGE_BYTES = 4096;
    private static final int SECTOR_BYTES = 512;

    /** The power goes. */
    static final class PowerCut extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final Random random;
    private byte[] stable;
    private MemorySegment memory = MemorySegment.NULL;
    private int forcesLeft = Integer.MAX_VALUE;
    private boolean isOff;

    PowerCutDisk(byte[] stable, Random random) {
        this.stable = stable;
        this.random = random;
    }

    /** The next force but {@code forces} is interrupted in the middle. */
    void cutAtForce(int forces) {
        forcesLeft = forces;
    }

    @Override
    public void force(MemorySegment mapped, long from, long bytes) {
        memory = mapped;
        if (isOff) {
            return; // what is done after the cut never was
        }
        int last = (int) ((from + bytes - 1) / PAGE_BYTES);
        for (int page = (int) (from / PAGE_BYTES); page <= last; page++) {
            if (forcesLeft == 0 && random.nextInt(last - page + 2) == 0) {
                cut();
                throw new PowerCut();
            }
            writeBack(page);
        }
        if (forcesLeft == 0) {
            cut();
            throw new PowerCut();
        }
        forcesLeft--;
    }

    /** As the kernel does behind everybody's back. */
    void writeBackSomePages(int max) {
        for (int count = random.nextInt(max); count > 0 && memory.byteSize() > 0; count--) {
            writeBack(random.nextInt(stable.length / PAGE_BYTES));
        }
    }

    private void writeBack(int page) {
        copy(page * PAGE_BYTES, PAGE_BYTES);
    }

    /** Takes what is left; nothing that comes after it counts. */
    void cut() {
        isOff = true;
        if (memory.byteSize() == 0) {
            return; // nothing was ever mapped
        }
        for (int at = 0; at < stable.length; at += PAGE_BYTES) {
            switch (random.nextInt(3)) {
                case 0 -> {} // never written
                case 1 -> copy(at, PAGE_BYTES);
                default -> tear(at);
            }
        }
    }

    private void tear(int page) {
        for (int at = page; at < page + PAGE_BYTES; at += SECTOR_BYTES) {
            if (random.nextBoolean()) {
                copy(at, SECTOR_BYTES);
            }
        }
    }

    private void copy(int at, int bytes) {
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, stable, at, bytes);
    }

    /** What memory has, which outlives the process, not the host. */
    byte[] memory() {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }

    /** What was left at the cut. */
    byte[] stable() {
        return stable;
    }
}
