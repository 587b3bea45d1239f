package dev.farshore.capture.change;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The rest of a write's first and last sector. */
class ReadModifyWriteTest {
    private final byte[] volume = new byte[4096];
    private final ByteBuffer sectors = ByteBuffer.allocate(1024);
    private final ReadModifyWrite edges =
            new ReadModifyWrite(
                    512,
                    sectors,
                    100,
                    50,
                    (offset, into) -> into.put(volume, (int) offset, into.remaining()));

    @Test
    void shouldFillInWhatTheClientHasNotWritten() throws Exception {
        Arrays.fill(volume, (byte) 7);
        Arrays.fill(sectors.array(), 100, 1024 - 50, (byte) 1);

        assertThat(edges.startReading()).isTrue();
        assertThat(edges.startReading()).as("one reads").isFalse();
        edges.read();
        assertThat(edges.isKnown()).isFalse();
        edges.wasRead();

        assertThat(edges.isKnown()).isTrue();
        byte[] expected = new byte[1024];
        Arrays.fill(expected, (byte) 7);
        Arrays.fill(expected, 100, 1024 - 50, (byte) 1);
        assertThat(sectors.array()).isEqualTo(expected);
    }

    @Test
    void shouldReadAgainWhatChangedWhileItWasRead() throws Exception {
        edges.startReading();
        edges.read();
        Arrays.fill(volume, (byte) 7);
        edges.forget();
        edges.wasRead();
        assertThat(edges.isKnown()).isFalse();

        assertThat(edges.startReading()).isTrue();
        edges.read();
        edges.wasRead();

        assertThat(edges.isKnown()).isTrue();
        assertThat(sectors.get(0)).isEqualTo((byte) 7);
        assertThat(sectors.get(1023)).isEqualTo((byte) 7);
    }

    @Test
    void shouldLeaveTheSecondPieceAloneWhenItReadsAgain() throws Exception {
        Arrays.fill(sectors.array(), (byte) 1);
        edges.startReading();
        edges.read();
        edges.wasRead();
        sectors.position(512); // the first piece is in the journal
        Arrays.fill(volume, (byte) 7);

        edges.forget();
        edges.startReading();
        edges.read();
        edges.wasRead();

        byte[] second = Arrays.copyOfRange(sectors.array(), 512, 1024 - 50);
        byte[] expected = new byte[second.length];
        Arrays.fill(expected, (byte) 1);
        assertThat(second).isEqualTo(expected);
        assertThat(sectors.get(1023)).isEqualTo((byte) 7);
    }

    @Test
    void shouldReadAgainWhatChangedAfterItWasRead() throws Exception {
        edges.startReading();
        edges.read();
        edges.wasRead();

        edges.forget();

        assertThat(edges.isKnown()).isFalse();
        assertThat(edges.startReading()).isTrue();
    }
}
