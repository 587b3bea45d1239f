package dev.farshore.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Several nodes that keep the rules for writers race for a volume: whatever the timing, readers
 * agree, never find a gap, and never accept events of two writers in one epoch.
 */
class WritersRaceTest {

    enum Act {
        READ_ONE,
        READ_ALL,
        OPEN,
        OPEN_SKIPPING_AN_EPOCH,
        WRITE,
        SEAL,
        RESEND
    }

    record Step(int writer, Act act) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Act> acts =
                Arbitraries.frequency(
                        Tuple.of(6, Act.READ_ONE),
                        Tuple.of(4, Act.READ_ALL),
                        Tuple.of(4, Act.OPEN),
                        Tuple.of(1, Act.OPEN_SKIPPING_AN_EPOCH),
                        Tuple.of(8, Act.WRITE),
                        Tuple.of(1, Act.SEAL),
                        Tuple.of(2, Act.RESEND));
        return Combinators.combine(Arbitraries.integers().between(0, 2), acts)
                .as(Step::new)
                .list()
                .ofMinSize(20)
                .ofMaxSize(150);
    }

    @Property
    void shouldNeverLetARaceEndInAGapOrInTwoWritersOfOneEpoch(@ForAll("steps") List<Step> steps) {
        List<EventHeader> log = new ArrayList<>();
        List<SimulatedWriter> writers =
                Histories.SITES.stream().map(site -> new SimulatedWriter(site, log)).toList();
        for (Step step : steps) {
            SimulatedWriter writer = writers.get(step.writer());
            switch (step.act()) {
                case READ_ONE -> writer.readOne();
                case READ_ALL -> writer.readAll();
                case OPEN -> writer.open(1);
                case OPEN_SKIPPING_AN_EPOCH -> writer.open(2);
                case WRITE -> writer.write(EventKind.WRITE);
                case SEAL -> writer.write(EventKind.EPOCH_SEALED);
                case RESEND -> writer.resend(3);
            }
        }

        Reading reading = Reading.of(log);
        assertThat(reading.stoppedAtGap()).isFalse();
        Set<Integer> opened = new HashSet<>();
        for (EventHeader event : reading.accepted()) {
            if (event.kind() == EventKind.EPOCH_OPENED) {
                assertThat(opened.add(event.epoch())).as("epoch opened once").isTrue();
            }
        }
        Statistics.collect(opened.size() >= 3);
        Statistics.coverage(several -> several.check(true).percentage(share -> share > 15));
    }
}
