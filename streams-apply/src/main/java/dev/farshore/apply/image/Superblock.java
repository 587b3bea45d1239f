package dev.farshore.apply.image;

import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * What is known of an image on stable storage. One slot of the superblock file, big-endian:
 *
 * <pre>
 *  0        8         12          16            24           32
 *  +--------+---------+-----------+-------------+------------+
 *  | magic  | version | partition | generation  | sizeBytes  |
 *  +--------+---------+-----------+-------------+------------+
 *  32              40              48              56
 *  +---------------+---------------+---------------+
 *  | writesOffset  | mixedUntilSeq | seq           |
 *  +---------------+---------------+---------------+
 *  56              64              72       76     80
 *  +---------------+---------------+--------+------+-----------------+-----------------+
 *  | vmSeq         | totalBytes    | epoch  | open | length16, owner | length16, vvol  |
 *  +---------------+---------------+--------+------+-----------------+-----------------+
 *  +---------+---------------+------------+------------+
 *  | seed id | startedOffset | startedSeq | flags byte |  zeroes: there was no seed
 *  +---------+---------------+------------+------------+
 *  +---------------+---------------+
 *  | revision byte | captureMicros |  zeroes: written by an earlier version
 *  +---------------+---------------+
 *  4092: CRC-32C of all before it
 * </pre>
 *
 * @param generation counts the writes of the superblock; the valid slot with the higher one counts
 * @param partition of {@code farshore.writes} that {@code hardened} speaks of
 * @param hardened everything up to it is in the image, on stable storage
 * @param mixedUntilSeq events after {@code hardened} up to this one may be in the image, wholly,
 *     partly or not: until they are applied again the image is no state the volume ever had
 * @param isNeverCutBefore the data is never shorter than {@code hardened} says: whoever wrote this
 *     cuts the data only after the superblock that speaks of the smaller size
 */
record Superblock(
        long generation,
        String vvol,
        int partition,
        ImagePosition hardened,
        long mixedUntilSeq,
        boolean isNeverCutBefore) {

    /**
     * A page: devices that write whole pages tear at their borders, and the other slot survives.
     */
    static final int SLOT_BYTES = 4096;

    private static final long MAGIC = 0x4653_484f_5245_5342L; // "FSHORESB"
    private static final int VERSION = 1;
    private static final int CRC_OFFSET = SLOT_BYTES - Integer.BYTES;

    /** Images are never cut before the superblock says so; there is a capture time. */
    private static final byte REVISION = 1;

    private static final int SEED_IS_IMPORT = 1;
    private static final int SEED_IS_FINISHED = 1 << 1;
    private static final int SEED_IS_BASE = 1 << 2;

    Superblock(
            long generation,
            String vvol,
            int partition,
            ImagePosition hardened,
            long mixedUntilSeq) {
        this(generation, vvol, partition, hardened, mixedUntilSeq, true);
    }

    void encode(ByteBuffer slot) {
        int start = slot.position();
        LogCursor cursor = hardened.cursor();
        slot.putLong(MAGIC).putInt(VERSION).putInt(partition).putLong(generation);
        slot.putLong(hardened.sizeBytes()).putLong(hardened.writesOffset()).putLong(mixedUntilSeq);
        slot.putLong(cursor.seq()).putLong(cursor.vmSeq()).putLong(cursor.totalBytes());
        slot.putInt(cursor.epoch()).putInt(cursor.open() ? 1 : 0);
        putString(slot, cursor.owner());
        putString(slot, vvol);
        putSeed(slot, hardened.seed());
        slot.put(REVISION).putLong(hardened.captureMicros());
        while (slot.position() < start + CRC_OFFSET) {
            slot.put((byte) 0);
        }
        slot.putInt(checksum(slot, start));
    }

    /** Reads one slot; null if it was never written or is damaged. */
    static @Nullable Superblock decode(ByteBuffer slot) {
        int start = slot.position();
        if (slot.remaining() < SLOT_BYTES
                || slot.getLong(start) != MAGIC
                || slot.getInt(start + CRC_OFFSET) != checksum(slot, start)
                || slot.getInt(start + 8) != VERSION) {
            return null;
        }
        ByteBuffer in = slot.duplicate().position(start + 12);
        int partition = in.getInt();
        long generation = in.getLong();
        long sizeBytes = in.getLong();
        long writesOffset = in.getLong();
        long mixedUntilSeq = in.getLong();
        long seq = in.getLong();
        long vmSeq = in.getLong();
        long totalBytes = in.getLong();
        int epoch = in.getInt();
        boolean open = in.getInt() != 0;
        String owner = getString(in);
        String vvol = getString(in);
        LogCursor cursor = new LogCursor(epoch, owner, open, seq, vmSeq, totalBytes);
        SeedMark seed = getSeed(in);
        byte revision = in.get();
        long captureMicros = in.getLong();
        ImagePosition hardened =
                new ImagePosition(cursor, writesOffset, sizeBytes, seed, captureMicros);
        return new Superblock(
                generation, vvol, partition, hardened, mixedUntilSeq, revision >= REVISION);
    }

    private static int checksum(ByteBuffer slot, int start) {
        CRC32C crc = new CRC32C();
        crc.update(slot.duplicate().limit(start + CRC_OFFSET).position(start));
        return (int) crc.getValue();
    }

    private static void putSeed(ByteBuffer slot, SeedMark seed) {
        if (seed.id() == 0) {
            slot.putLong(0).putLong(0).putLong(0).put((byte) 0);
        } else {
            int flags =
                    (seed.isImport() ? SEED_IS_IMPORT : 0)
                            | (seed.isFinished() ? SEED_IS_FINISHED : 0)
                            | (seed.isBase() ? SEED_IS_BASE : 0);
            slot.putLong(seed.id()).putLong(seed.startedOffset()).putLong(seed.startedSeq());
            slot.put((byte) flags);
        }
    }

    private static SeedMark getSeed(ByteBuffer in) {
        long id = in.getLong();
        long startedOffset = in.getLong();
        long startedSeq = in.getLong();
        int flags = in.get();
        return id == 0
                ? SeedMark.NONE
                : new SeedMark(
                        id,
                        (flags & SEED_IS_IMPORT) != 0,
                        startedOffset,
                        startedSeq,
                        (flags & SEED_IS_FINISHED) != 0,
                        (flags & SEED_IS_BASE) != 0);
    }

    private static void putString(ByteBuffer slot, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        slot.putShort((short) bytes.length).put(bytes);
    }

    private static String getString(ByteBuffer slot) {
        byte[] bytes = new byte[Short.toUnsignedInt(slot.getShort())];
        slot.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
