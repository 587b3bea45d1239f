package dev.farshore.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class KafkaContactTest {
    private long nanos = Long.MAX_VALUE - 1;
    private final KafkaContact contact = new KafkaContact(() -> nanos);

    @Test
    void shouldBeFreshUntilThreeReadingsAreMissed() {
        assertThat(contact.isFresh()).isTrue();
        nanos += Duration.ofSeconds(34).toNanos();
        assertThat(contact.isFresh()).isTrue();
        nanos += Duration.ofSeconds(1).toNanos();
        assertThat(contact.isFresh()).isFalse();
        contact.heard();
        assertThat(contact.isFresh()).isTrue();
    }
}
