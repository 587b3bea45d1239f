package dev.farshore.nbd;

import java.io.IOException;
import java.util.List;

/**
 * The metadata contexts of a device, for BLOCK_STATUS, each a sequence of extents that covers the
 * device. Threading: any thread; may block.
 */
public interface BlockStatusSource {
    /** The context that every client knows; its flags are {@link #HOLE} and {@link #ZERO}. */
    String BASE_ALLOCATION = "base:allocation";

    /** Takes no space. */
    int HOLE = 1;

    /** Reads as zeroes. */
    int ZERO = 1 << 1;

    /** Knows nothing: everything is allocated. */
    BlockStatusSource ALLOCATED =
            new BlockStatusSource() {
                @Override
                public List<String> contexts() {
                    return List.of(BASE_ALLOCATION);
                }

                @Override
                public void extents(
                        String context, long offset, long length, ExtentConsumer consumer) {
                    consumer.accept(length, 0);
                }
            };

    /** The contexts there are now, each {@code namespace:leaf}. */
    List<String> contexts();

    /**
     * Tells the extents from {@code offset} on, in order and without gaps, until the range is
     * covered or the consumer wants no more. The last may reach beyond the range.
     *
     * @param context one of {@link #contexts}
     */
    void extents(String context, long offset, long length, ExtentConsumer consumer)
            throws IOException;

    /** Takes extents in. */
    interface ExtentConsumer {
        /**
         * @param flags in {@link #BASE_ALLOCATION} {@link #HOLE} and {@link #ZERO}, else what the
         *     context defines
         * @return false if it wants no more
         */
        boolean accept(long lengthBytes, int flags);
    }
}
