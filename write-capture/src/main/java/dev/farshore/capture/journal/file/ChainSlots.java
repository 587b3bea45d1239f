package dev.farshore.capture.journal.file;

import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.Sha256;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Where the volume's hash chain stands after an event that both topics have: two slots behind the
 * tail's, written in turn, of which the whole one with the higher seq counts. So a process that is
 * killed leaves the newest or the one before it, and either will do: the chain goes on from it with
 * what the journal has behind it. A crash of the host may leave an older one, or none, as in a
 * journal of an older build: then the log itself has to be asked.
 *
 * <p>Threading: one thread at a time.
 */
public final class ChainSlots {
    private final MappedFile file;
    private final long identity;
    private int nextIndex;

    public ChainSlots(MappedFile file, long identity) {
        this.file = file;
        this.identity = identity;
    }

    /** The newest whole slot; null if there is none. */
    public @Nullable ChainPoint read() {
        ChainPoint newest = null;
        for (int i = 0; i < Layout.CHAIN_OFFSETS.length; i++) {
            byte[] bytes =
                    file.memory()
                            .asSlice(Layout.CHAIN_OFFSETS[i], Layout.CHAIN_BYTES)
                            .toArray(ValueLayout.JAVA_BYTE);
            ChainPoint point = decode(bytes);
            if (point != null && (newest == null || point.seq() > newest.seq())) {
                newest = point;
                nextIndex = 1 - i;
            }
        }
        return newest;
    }

    public void write(ChainPoint point) {
        MemorySegment.copy(
                MemorySegment.ofArray(encode(point)),
                0,
                file.memory(),
                Layout.CHAIN_OFFSETS[nextIndex],
                Layout.CHAIN_BYTES);
        nextIndex = 1 - nextIndex;
    }

    private byte[] encode(ChainPoint point) {
        ByteBuffer slot =
                ByteBuffer.allocate(Layout.CHAIN_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(Layout.CHAIN_SEQ, point.seq())
                        .putLong(Layout.CHAIN_START_SEQ, point.startSeq())
                        .put(Layout.CHAIN_VALUE, point.value().bytes());
        return slot.putInt(Layout.CHAIN_CRC, crc(slot.array())).array();
    }

    private @Nullable ChainPoint decode(byte[] bytes) {
        ByteBuffer slot = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return slot.getInt(Layout.CHAIN_CRC) == crc(bytes)
                ? new ChainPoint(
                        slot.getLong(Layout.CHAIN_SEQ),
                        slot.getLong(Layout.CHAIN_START_SEQ),
                        Sha256.of(bytes, Layout.CHAIN_VALUE))
                : null;
    }

    private int crc(byte[] slot) {
        CRC32C crc = new CRC32C();
        crc.update(slot, Layout.CHAIN_CRC_FROM, slot.length - Layout.CHAIN_CRC_FROM);
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, identity));
        return (int) crc.getValue();
    }
}
