package dev.farshore.apply.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;

/** What a FAULTED volume says of its cause. */
class FaultReasonTest {
    @Test
    void shouldSayWhatIsWrongWithAFileAndNotItsPathAlone() {
        IOException denied = new AccessDeniedException("/images/db.img");

        assertThat(FaultReason.of(denied)).isEqualTo("/images/db.img: permission denied");
        assertThat(FaultReason.of(new UncheckedIOException(denied)))
                .isEqualTo("/images/db.img: permission denied");
    }

    @Test
    void shouldNameWhatNobodyExpected() {
        assertThat(FaultReason.of(new IllegalStateException("odd")))
                .isEqualTo("java.lang.IllegalStateException: odd");
        assertThat(FaultReason.of(new IOException("No space left on device")))
                .isEqualTo("No space left on device");
    }
}
