package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class FirstRecordGateTest {
    private static final TopicPartition HERE = new TopicPartition("topic", 3);
    private static final TopicPartition ELSEWHERE = new TopicPartition("topic", 4);

    private final FirstRecordGate gate = new FirstRecordGate();
    private final List<String> told = new ArrayList<>();
    private final Runnable one = () -> told.add("one");
    private final Runnable two = () -> told.add("two");

    @Test
    void shouldAllowOneRecordAndTheOthersWhenItIsAcknowledged() {
        assertThat(gate.isNextAllowed(HERE, one)).isTrue();
        assertThat(gate.isNextAllowed(HERE, one)).isFalse();
        assertThat(gate.isNextAllowed(HERE, two)).isFalse();
        assertThat(gate.isNextAllowed(ELSEWHERE, two)).isTrue();
        assertThat(told).isEmpty();

        gate.acknowledged(HERE);
        assertThat(told).containsExactlyInAnyOrder("one", "two");
        assertThat(gate.isNextAllowed(HERE, one)).isTrue();
        assertThat(gate.isNextAllowed(HERE, two)).isTrue();
    }

    @Test
    void shouldAllowAnotherRecordInThePlaceOfOneThatWasNotSent() {
        assertThat(gate.isNextAllowed(HERE, one)).isTrue();
        assertThat(gate.isNextAllowed(HERE, two)).isFalse();
        gate.withdrawn(HERE);
        assertThat(told).containsExactly("two");
        assertThat(gate.isNextAllowed(HERE, two)).isTrue();
        assertThat(gate.isNextAllowed(HERE, one)).isFalse();
    }

    @Test
    void shouldTellEachOnceHoweverOftenItAsked() {
        gate.isNextAllowed(HERE, one);
        gate.isNextAllowed(HERE, two);
        gate.isNextAllowed(HERE, two);
        gate.acknowledged(HERE);
        gate.withdrawn(HERE);
        assertThat(told).containsExactly("two");
        assertThat(gate.isNextAllowed(HERE, two)).as("a partition stays open").isTrue();
    }
}
