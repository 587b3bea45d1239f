package dev.farshore.capture.journal;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;

/** Events whose every byte follows from a few numbers, so that a reader can check them. */
public final class TestEvents {
    public static final String VVOL = "vm1-disk0";

    private TestEvents() {}

    /** A write of {@code payloadBytes}, which has to be a multiple of 8; or a FLUSH when 0. */
    public static EventHeader event(long seed, long seq, int payloadBytes) {
        CRC32C crc = new CRC32C();
        crc.update(payload(seed, seq, payloadBytes));
        boolean isWrite = payloadBytes > 0;
        return new EventHeader(
                VVOL,
                (int) (seq / 100) + 1,
                seq,
                seq * 3,
                isWrite ? EventKind.WRITE : EventKind.FLUSH,
                isWrite ? mixed(seed, seq) & 0xFFFF_FE00L : 0,
                payloadBytes,
                seq * 1000,
                mixed(seed, -seq),
                isWrite ? (int) crc.getValue() : 0,
                seq % 7 == 0 ? "note " + seq : "");
    }

    public static ByteBuffer payload(long seed, long seq, int payloadBytes) {
        ByteBuffer payload = ByteBuffer.allocate(payloadBytes);
        for (int i = 0; i < payloadBytes; i += 8) {
            payload.putLong(mixed(seed + i, seq));
        }
        return payload.flip();
    }

    /** A size for an event that follows from its seq: every eighth has no payload. */
    public static int payloadBytes(long seed, long seq, int maxBytes) {
        Random random = new Random(mixed(seed, seq));
        return random.nextInt(8) == 0 ? 0 : 8 * (1 + random.nextInt(maxBytes / 8));
    }

    private static long mixed(long a, long b) {
        long x = (a + 1) * 0x9E37_79B9_7F4A_7C15L ^ b * 0xBF58_476D_1CE4_E5B9L;
        x ^= x >>> 29;
        x *= 0x94D0_49BB_1331_11EBL;
        return x ^ x >>> 32;
    }
}
