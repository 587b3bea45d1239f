package dev.farshore.bench.index;

import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;

/** The headers of a volume of which ten million blocks are written, far from each other in turn. */
final class BenchHeaders {
    static final String VVOL = "bench";
    static final int BLOCKS = 10_000_000;
    static final int BLOCK_BYTES = 4096;

    /** Prime, so that steps of it reach every block once, far from the one before. */
    private static final long STEP = 6_180_341;

    private static final int ANY_SCHEMA_ID = 1;

    private final WriteHeaderCodec codec;
    private final long strideBlocks;
    private long seq;

    /**
     * @param strideBlocks from one block that is written to the next in the volume
     */
    BenchHeaders(int strideBlocks) {
        this(strideBlocks, new WriteHeaderCodec(ANY_SCHEMA_ID));
    }

    BenchHeaders(int strideBlocks, WriteHeaderCodec codec) {
        this.strideBlocks = strideBlocks;
        this.codec = codec;
    }

    /** Of the newest event. */
    long seq() {
        return seq;
    }

    /** Of the volume's {@code which}-th block that is written. */
    long offsetOf(long which) {
        return which * strideBlocks * BLOCK_BYTES;
    }

    byte[] opening() {
        return next(
                EventKind.EPOCH_OPENED, 0, offsetOf(BLOCKS), new EpochOwner("a", VVOL).toString());
    }

    byte[] nextWrite() {
        return next(EventKind.WRITE, offsetOf(seq * STEP % BLOCKS), BLOCK_BYTES, "");
    }

    IndexedHeader decode(byte[] record) {
        return codec.decode(record);
    }

    private byte[] next(EventKind kind, long offset, long length, String note) {
        seq++;
        EventHeader header =
                new EventHeader(
                        VVOL,
                        1,
                        seq,
                        seq,
                        kind,
                        offset,
                        length,
                        seq * BLOCK_BYTES,
                        1_000_000 + seq,
                        0,
                        note);
        return codec.encode(new IndexedHeader(header, seq - 1));
    }
}
