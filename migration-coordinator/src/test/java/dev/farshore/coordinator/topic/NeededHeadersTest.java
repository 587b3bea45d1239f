package dev.farshore.coordinator.topic;

import static dev.farshore.coordinator.fake.InMemoryReports.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class NeededHeadersTest {
    private static final TopicPartition HEADERS = new TopicPartition(Topics.HEADERS, 3);

    private final MockConsumer<String, String> consumer = new MockConsumer<>("earliest");
    private final List<Progress> reports = new ArrayList<>();
    private final NeededHeaders needed =
            new NeededHeaders(
                    vvol -> Optional.of(spec(vvol, vvol.equals("elsewhere") ? 4 : 3)),
                    () -> reports,
                    5_000_000);

    @Test
    void shouldLookBackAsFarAsTheSlowestImageOfThePartition() {
        endsAt(3_000_000);
        reports.add(report("data", "a", 1, true, "a", 3_000_000));
        reports.add(report("data", "b", 1, true, "a", 1_000_000));
        reports.add(report("log", "b", 1, true, "a", 2_000_000));
        reports.add(report("elsewhere", "b", 1, true, "a", 10));

        assertThat(needed.records(consumer, HEADERS))
                .isEqualTo(2_000_000 + NeededHeaders.MORE_RECORDS);
    }

    @Test
    void shouldLookBackALittleWhereNothingIsMissing() {
        endsAt(3_000_000);
        reports.add(report("data", "b", 1, true, "a", 3_000_000));

        assertThat(needed.records(consumer, HEADERS)).isEqualTo(NeededHeaders.MORE_RECORDS);
    }

    @Test
    void shouldNotLookBackForEver() {
        endsAt(1L << 40);
        reports.add(report("data", "b", 1, true, "a", 1));

        assertThat(needed.records(consumer, HEADERS)).isEqualTo(5_000_000);
    }

    private void endsAt(long offset) {
        consumer.updateEndOffsets(Map.of(new TopicPartition(Topics.WRITES, 3), offset));
    }

    private static VolumeSpec spec(String vvol, int partition) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setSizeBytes(1 << 20)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setPartition(partition)
                .setCreatedMicros(0)
                .build();
    }
}
