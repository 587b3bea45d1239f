package dev.farshore.apply.index.extents;

/** The index's unit: 512 bytes, the smallest a guest can write. */
public final class Sectors {
    public static final int BYTES = 512;

    private Sectors() {}

    public static boolean isAligned(long bytes) {
        return bytes % BYTES == 0;
    }

    public static long ofBytes(long bytes) {
        return bytes / BYTES;
    }

    public static long ofBytesRoundedUp(long bytes) {
        return (bytes + BYTES - 1) / BYTES;
    }

    public static long toBytes(long sectors) {
        return sectors * BYTES;
    }
}
