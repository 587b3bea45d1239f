package dev.farshore.capture.publish;

/**
 * Bytes sent and not acknowledged: the records' sizes, in the order of sending. Threading: its
 * owner's lock.
 */
final class BytesInFlight {
    private int[] sizes = new int[64];
    private int first;
    private int count;
    private long bytes;

    void add(int recordBytes) {
        if (count == sizes.length) {
            grow();
        }
        sizes[first + count & sizes.length - 1] = recordBytes;
        count++;
        bytes += recordBytes;
    }

    /**
     * Returns the size of what was removed.
     *
     * @throws IllegalStateException if there is none
     */
    int removeFirst() {
        if (count == 0) {
            throw new IllegalStateException("nothing is under way");
        }
        int size = sizes[first];
        bytes -= size;
        first = first + 1 & sizes.length - 1;
        count--;
        return size;
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return count == 0;
    }

    void clear() {
        first = 0;
        count = 0;
        bytes = 0;
    }

    private void grow() {
        int[] larger = new int[2 * sizes.length];
        for (int i = 0; i < count; i++) {
            larger[i] = sizes[first + i & sizes.length - 1];
        }
        sizes = larger;
        first = 0;
    }
}
