package dev.farshore.testkit.record;

import java.nio.ByteBuffer;

/**
 * The content of a sector: says which write of which volume it came from, and for which offset, and
 * shows when a single bit of it is wrong.
 *
 * <pre>
 *   0        8      12      16       24       32                 512
 *   | magic  |volume| write | offset | check  | 60 words of fill  |
 * </pre>
 *
 * <p>The check is a hash of the fields before it, the fill a random sequence that starts from the
 * check: nothing in it compresses, and a sector mixed from two writes is noticed. Big-endian,
 * whatever the buffer's order was.
 */
public final class SectorStamp {
    public static final int SECTOR_BYTES = 512;

    /** {@link #inspect}: all bytes are zero. */
    public static final int ZEROES = 0;

    /** {@link #inspect}: neither zeroes nor an intact stamp of this volume and offset. */
    public static final int OTHER = -1;

    private static final long MAGIC = 0x46617253686f7265L; // "FarShore"
    private static final int VOLUME_AT = 8;
    private static final int WRITE_AT = 12;
    private static final int OFFSET_AT = 16;
    private static final int CHECK_AT = 24;
    private static final int FILL_AT = 32;

    /** Increment of SplitMix64 (Steele, Lea and Flood, 2014). */
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private SectorStamp() {}

    /**
     * Fills {@code into} from position to limit, whole sectors, as write {@code write} at {@code
     * offset}; leaves the position where it was.
     */
    public static void fill(ByteBuffer into, int volume, int write, long offset) {
        for (int at = into.position(); at < into.limit(); at += SECTOR_BYTES) {
            fillSector(into, at, volume, write, offset + at - into.position());
        }
    }

    private static void fillSector(ByteBuffer into, int at, int volume, int write, long offset) {
        long check = check(volume, write, offset);
        into.putLong(at, MAGIC);
        into.putInt(at + VOLUME_AT, volume);
        into.putInt(at + WRITE_AT, write);
        into.putLong(at + OFFSET_AT, offset);
        into.putLong(at + CHECK_AT, check);
        long state = check;
        for (int word = at + FILL_AT; word < at + SECTOR_BYTES; word += Long.BYTES) {
            state += GAMMA;
            into.putLong(word, mix(state));
        }
    }

    /**
     * Says what the sector at index {@code at} of {@code from} holds.
     *
     * @return the number of the write it came from (positive), {@link #ZEROES} or {@link #OTHER}
     */
    public static int inspect(ByteBuffer from, int at, int volume, long offset) {
        int write = from.getInt(at + WRITE_AT);
        if (write == 0) {
            return isZero(from, at) ? ZEROES : OTHER;
        }
        long check = from.getLong(at + CHECK_AT);
        boolean intact =
                write > 0
                        && from.getLong(at) == MAGIC
                        && from.getInt(at + VOLUME_AT) == volume
                        && from.getLong(at + OFFSET_AT) == offset
                        && check == check(volume, write, offset);
        return intact && isFillOf(check, from, at) ? write : OTHER;
    }

    /** Says in words what the sector holds, for reports. */
    public static String describe(ByteBuffer from, int at, int volume, long offset) {
        int found = inspect(from, at, volume, offset);
        if (found != OTHER) {
            return describe(found);
        }
        if (from.getLong(at) != MAGIC) {
            return "bytes that no write of the workload made";
        }
        int foundVolume = from.getInt(at + VOLUME_AT);
        int foundWrite = from.getInt(at + WRITE_AT);
        long foundOffset = from.getLong(at + OFFSET_AT);
        if (from.getLong(at + CHECK_AT) != check(foundVolume, foundWrite, foundOffset)) {
            return "a damaged stamp";
        }
        if (!isFillOf(from.getLong(at + CHECK_AT), from, at)) {
            return "a damaged sector of write %d".formatted(foundWrite);
        }
        return "write %d of volume %d at offset %d".formatted(foundWrite, foundVolume, foundOffset);
    }

    /** Says in words what a content number of {@link WriteRecord} stands for. */
    public static String describe(int content) {
        if (content == 0) {
            return "zeroes";
        }
        return content > 0 ? "write " + content : "zeroes of write " + -content;
    }

    private static boolean isZero(ByteBuffer from, int at) {
        for (int word = at; word < at + SECTOR_BYTES; word += Long.BYTES) {
            if (from.getLong(word) != 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFillOf(long check, ByteBuffer from, int at) {
        long state = check;
        for (int word = at + FILL_AT; word < at + SECTOR_BYTES; word += Long.BYTES) {
            state += GAMMA;
            if (from.getLong(word) != mix(state)) {
                return false;
            }
        }
        return true;
    }

    private static long check(int volume, int write, long offset) {
        return mix(mix(((long) volume << Integer.SIZE | write) + GAMMA) + offset);
    }

    private static long mix(long state) {
        long mixed = (state ^ state >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }
}
