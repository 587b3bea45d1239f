package dev.farshore.capture.read;

/**
 * What covers a chunk of a volume, in a long: an event's seq, whether its range reads as zeroes,
 * and which of a block's eight sectors it covers. Values grow with the seq; 0 is nothing.
 *
 * <pre>
 * 63            9  8     7         0
 * │ seq          │ zero │ sectors  │
 * </pre>
 */
final class Coverage {
    /** No event covers it. */
    static final long NONE = 0;

    static final int ALL_SECTORS = 0xFF;

    private static final int SEQ_SHIFT = 9;
    private static final long ZEROES = 1L << 8;
    private static final long SEQ_MAX = Long.MAX_VALUE >>> SEQ_SHIFT;

    private Coverage() {}

    static long of(long seq, boolean isZeroes) {
        if (seq <= 0 || seq > SEQ_MAX) {
            throw new IllegalArgumentException("seq %d is out of range".formatted(seq));
        }
        return seq << SEQ_SHIFT | (isZeroes ? ZEROES : 0) | ALL_SECTORS;
    }

    static long seq(long coverage) {
        return coverage >>> SEQ_SHIFT;
    }

    static boolean isZeroes(long coverage) {
        return (coverage & ZEROES) != 0;
    }

    static int sectors(long coverage) {
        return (int) coverage & ALL_SECTORS;
    }

    static long withSectors(long coverage, int sectors) {
        return coverage & ~(long) ALL_SECTORS | sectors;
    }

    static long newer(long one, long other) {
        return seq(one) >= seq(other) ? one : other;
    }
}
