package dev.farshore.coordinator.topic;

import static dev.farshore.coordinator.fake.InMemoryReports.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class NeededHeadersTest {
    private static final int PARTITION = 3;

    private long writesEnd;
    private final List<Progress> reports = new ArrayList<>();
    private final NeededHeaders needed =
            new NeededHeaders(
                    vvol -> Optional.of(spec(vvol, vvol.equals("elsewhere") ? 4 : PARTITION)),
                    () -> reports,
                    partition -> writesEnd,
                    5_000_000);

    @Test
    void shouldLookBackAsFarAsTheSlowestImageOfThePartition() {
        writesEnd = 3_000_000;
        reports.add(report("data", "a", 1, true, "a", 3_000_000));
        reports.add(report("data", "b", 1, true, "a", 1_000_000));
        reports.add(report("log", "b", 1, true, "a", 2_000_000));
        reports.add(report("elsewhere", "b", 1, true, "a", 10));

        assertThat(needed.records(PARTITION)).isEqualTo(2_000_000 + NeededHeaders.MORE_RECORDS);
    }

    @Test
    void shouldLookBackALittleWhereNothingIsMissing() {
        writesEnd = 3_000_000;
        reports.add(report("data", "b", 1, true, "a", 3_000_000));

        assertThat(needed.records(PARTITION)).isEqualTo(NeededHeaders.MORE_RECORDS);
    }

    @Test
    void shouldNotLookBackForEver() {
        writesEnd = 1L << 40;
        reports.add(report("data", "b", 1, true, "a", 1));

        assertThat(needed.records(PARTITION)).isEqualTo(5_000_000);
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
