package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;

class RecordSpaceTest {
    private final WriteEventCodec codec = new WriteEventCodec(7);
    private final RecordSpace space = new RecordSpace();

    @Test
    void shouldEncodeTheSameBytesAsWithoutIt() {
        for (long seq : new long[] {1, 63, 64, 8191, 8192, 1L << 40}) {
            EventHeader header = write(seq);
            ByteBuffer payload = payload((byte) seq);

            assertThat(codec.encode(header, payload, space))
                    .isEqualTo(codec.encode(header, payload));
        }
    }

    @Test
    void shouldUseAnArrayAgainForARecordOfTheSameSize() {
        byte[] first = codec.encode(write(100), payload((byte) 1), space);
        byte[] second = codec.encode(write(101), payload((byte) 2), space);

        assertThat(second).isSameAs(first);
    }

    private static EventHeader write(long seq) {
        return new EventHeader(
                "v", 1, seq, seq, EventKind.WRITE, 4096, 512, 512 * seq, 1_000_000, 0, "");
    }

    private static ByteBuffer payload(byte filler) {
        byte[] bytes = new byte[512];
        Arrays.fill(bytes, filler);
        return ByteBuffer.wrap(bytes);
    }
}
