package dev.farshore.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.log.LogEvent;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

class PayloadChecksumTest {

    @Test
    void shouldBeTheCastagnoliChecksum() {
        byte[] checkValue = "123456789".getBytes(StandardCharsets.US_ASCII);

        assertThat(PayloadChecksum.of(ByteBuffer.wrap(checkValue))).isEqualTo(0xe3069283);
        assertThat(PayloadChecksum.of(ByteBuffer.allocate(0))).isZero();
    }

    @Test
    void shouldNameTheEventWhosePayloadIsDamaged() {
        LogEvent event = Events.write("vol-1", 7, new byte[512]);
        assertThatCode(() -> PayloadChecksum.verify(event)).doesNotThrowAnyException();

        event.payload().put(100, (byte) 1);

        assertThatThrownBy(() -> PayloadChecksum.verify(event))
                .isInstanceOf(ChecksumMismatchException.class)
                .hasMessageContaining("vvol vol-1, epoch 1, seq 7");
        assertThat(event.payload().remaining()).as("position is left alone").isEqualTo(512);
    }
}
