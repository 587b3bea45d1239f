package dev.farshore.apply.index;

/** The index's unit: 512 bytes, the smallest a guest can write. */
final class Sectors {
    static final int BYTES = 512;

    private Sectors() {}

    static boolean isAligned(long bytes) {
        return bytes % BYTES == 0;
    }

    static long ofBytes(long bytes) {
        return bytes / BYTES;
    }

    static long ofBytesRoundedUp(long bytes) {
        return (bytes + BYTES - 1) / BYTES;
    }

    static long toBytes(long sectors) {
        return sectors * BYTES;
    }
}
