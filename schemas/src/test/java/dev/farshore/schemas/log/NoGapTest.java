package dev.farshore.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.util.ArrayList;
import java.util.List;

/** Invariant 3: what counts is 1, 2, 3 …; a reader that misses something stops. */
class NoGapTest {

    @Provide
    Arbitrary<List<EventHeader>> histories() {
        return Histories.histories();
    }

    @Property
    void shouldAcceptSeqsOneTwoThree(@ForAll("histories") List<EventHeader> log) {
        Reading reading = Reading.of(log);
        for (int i = 0; i < reading.accepted().size(); i++) {
            assertThat(reading.accepted().get(i).seq()).isEqualTo(i + 1L);
        }
        assertThat(reading.cursor().seq()).isEqualTo(reading.accepted().size());
    }

    @Property
    void shouldSayWhatIsMissingWhenItStops(@ForAll("histories") List<EventHeader> log) {
        Reading reading = Reading.of(log);
        if (reading.stoppedAtGap()) {
            EventHeader found = log.get(reading.recordsRead());
            assertThat(reading.cursor().judge(found))
                    .isEqualTo(new Verdict.Gap(reading.cursor().seq() + 1, found.seq()));
            assertThat(found.seq()).isGreaterThan(reading.cursor().seq() + 1);
        }
    }

    /** The reader's own loss: records vanish from a log that was whole. */
    @Property
    void shouldNeverPassOverALostEvent(
            @ForAll("histories") List<EventHeader> log,
            @ForAll @IntRange(min = 0, max = 1_000_000) int pick) {
        List<EventHeader> whole = Reading.of(log).accepted();
        if (whole.isEmpty()) {
            return;
        }
        int lost = pick % whole.size();
        List<EventHeader> damaged = new ArrayList<>(whole);
        damaged.remove(lost);

        Reading reading = Reading.of(damaged);
        assertThat(reading.accepted()).isEqualTo(whole.subList(0, lost));
        // Also when the lost one was an opening: what follows it must not be taken for fenced.
        assertThat(reading.stoppedAtGap()).isEqualTo(lost < damaged.size());
    }
}
