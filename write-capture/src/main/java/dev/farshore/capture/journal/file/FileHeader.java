package dev.farshore.capture.journal.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * What a journal is, for its whole life.
 *
 * @param capacityBytes of the ring
 * @param identity a random number that no other journal has: bytes of one are never taken for
 *     another's
 */
public record FileHeader(String vvol, long capacityBytes, long identity) {

    public byte[] encode() {
        byte[] name = vvol.getBytes(UTF_8);
        if (name.length > Layout.NAME_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "name of vvol is longer than %d bytes".formatted(Layout.NAME_BYTES_MAX));
        }
        ByteBuffer page = page(new byte[Layout.PAGE_BYTES]);
        page.putLong(0, Layout.MAGIC)
                .putInt(Layout.HEADER_VERSION, Layout.VERSION)
                .putLong(Layout.HEADER_CAPACITY, capacityBytes)
                .putLong(Layout.HEADER_IDENTITY, identity)
                .putInt(Layout.HEADER_NAME_BYTES, name.length)
                .put(Layout.HEADER_NAME, name);
        page.putInt(Layout.HEADER_CRC, crc(page.array(), name.length));
        return page.array();
    }

    /**
     * @throws JournalException {@code CORRUPT} when that is not the first page of a journal
     */
    public static FileHeader decode(byte[] bytes, Path file) throws JournalException {
        if (bytes.length < Layout.PAGE_BYTES) {
            throw corrupt(file, "it ends within its header");
        }
        ByteBuffer page = page(bytes);
        if (page.getLong(0) != Layout.MAGIC) {
            throw corrupt(file, "it does not start as a journal does");
        }
        int version = page.getInt(Layout.HEADER_VERSION);
        if (version != Layout.VERSION) {
            throw corrupt(
                    file,
                    "its version is %d, this program knows %d".formatted(version, Layout.VERSION));
        }
        int nameBytes = page.getInt(Layout.HEADER_NAME_BYTES);
        if (nameBytes < 0
                || nameBytes > Layout.NAME_BYTES_MAX
                || page.getInt(Layout.HEADER_CRC) != crc(bytes, nameBytes)) {
            throw corrupt(file, "the checksum of its header is wrong");
        }
        return new FileHeader(
                new String(bytes, Layout.HEADER_NAME, nameBytes, UTF_8),
                page.getLong(Layout.HEADER_CAPACITY),
                page.getLong(Layout.HEADER_IDENTITY));
    }

    public static JournalException corrupt(Path file, String why) {
        return new JournalException(
                JournalException.Kind.CORRUPT,
                ("%s is not a usable journal: %s; keep a copy for analysis, then remove it: what"
                                + " was acknowledged but not yet in Kafka is lost with it")
                        .formatted(file, why));
    }

    private static ByteBuffer page(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int crc(byte[] page, int nameBytes) {
        CRC32C crc = new CRC32C();
        crc.update(
                page,
                Layout.HEADER_CRC_FROM,
                Layout.HEADER_NAME + nameBytes - Layout.HEADER_CRC_FROM);
        return (int) crc.getValue();
    }
}
