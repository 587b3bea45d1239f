package dev.farshore.capture.read;

import dev.farshore.nbd.BlockStatusSource;
import dev.farshore.nbd.BlockStatusSource.ExtentConsumer;

import java.io.IOException;

/**
 * Which parts of a volume are holes, as in {@code base:allocation}: they take no space, and read as
 * zeroes. Clients don't read what is reported as a hole. So a range is a hole only if a read of it
 * at that moment could have returned zeroes; whatever is not known for sure is data. Threading: any
 * thread; may block.
 */
public interface Allocation {
    /** The flags of a hole, and of data. */
    int HOLE = BlockStatusSource.HOLE | BlockStatusSource.ZERO;

    int DATA = 0;

    /** Reports the extents of a range as {@link dev.farshore.nbd.BlockStatusSource#extents}. */
    void extents(long offset, long length, ExtentConsumer consumer) throws IOException;

    /** Knows whether an image's range is still as it was when its holes were looked for. */
    interface Unchanged {
        boolean isSo(long offset, long length);
    }

    /**
     * Reports the extents of a range of an image. A hole that was found counts if the range is
     * unchanged afterwards.
     *
     * @return false if the consumer wants no more
     */
    static boolean ofImage(
            LocalImage image, long from, long end, Unchanged unchanged, ExtentConsumer consumer)
            throws IOException {
        long at = from;
        while (at < end) {
            long data = image.nextData(at, end);
            if (data > at) {
                if (!consumer.accept(data - at, unchanged.isSo(at, data - at) ? HOLE : DATA)) {
                    return false;
                }
                at = data;
            }
            if (at < end) {
                // At least a sector: what was data a moment ago may be a hole by now.
                long hole = Math.max(image.nextHole(at, end), Math.min(end, at + SECTOR_BYTES));
                if (!consumer.accept(hole - at, DATA)) {
                    return false;
                }
                at = hole;
            }
        }
        return true;
    }

    /** Least length of an extent of data, so that there is progress. */
    int SECTOR_BYTES = 512;
}
