package dev.farshore.apply.index;

import dev.farshore.apply.index.spill.IndexMemory;

/**
 * What one volume's index takes of the node's {@link IndexMemory}, and the pages it has on disk.
 *
 * <p>Threading: with the write lock of {@link DirtyBlocks}; {@link #heapBytes} any.
 */
final class VolumeMemory {
    private final IndexMemory memory;
    private final IndexMemory.VolumePages pages;

    /** What {@link #memory} was told. */
    private volatile long heapBytes;

    VolumeMemory(IndexMemory memory) {
        this.memory = memory;
        this.pages = memory.newPages();
    }

    /** Nearly; what is not worth telling is not in it. */
    long heapBytes() {
        return heapBytes;
    }

    /** Tells how much the index takes by now. */
    void update(VolumeIndex index) {
        long bytes = index.heapBytes();
        if (Math.abs(bytes - heapBytes) > memory.stepBytes()) {
            memory.changed(bytes - heapBytes);
            heapBytes = bytes;
        }
    }

    /** Moves what is not in use to disk, until {@code bytes} less are on the heap, or all is. */
    void spill(VolumeIndex index, long bytes) {
        UnhardenedBlocks unhardened = index.unhardened();
        unhardened.spill(pages, Math.max(0, unhardened.heapBytes() - bytes));
    }

    /** Spills only what is its own: many pages may have been brought back at once. */
    void makeRoom(VolumeIndex index) {
        update(index);
        if (memory.isExceeded()) {
            spill(index, memory.bytesToFree());
            update(index);
        }
    }

    /** What is on disk is of no use any more. */
    void dropPages() {
        pages.close();
    }

    /** The index takes nothing any more. */
    void close() {
        pages.close();
        memory.changed(-heapBytes);
        heapBytes = 0;
    }
}
