package dev.farshore.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

import java.util.ArrayList;
import java.util.List;

/** Invariant 2: an epoch's events count only between its opening and its end, in log order. */
class OneWriterTest {

    @Provide
    Arbitrary<List<EventHeader>> histories() {
        return Histories.histories();
    }

    @Property
    void shouldAcceptOnlyEventsOfTheEpochThatWasOpenedLast(
            @ForAll("histories") List<EventHeader> log) {
        int openEpoch = 0;
        for (EventHeader event : Reading.of(log).accepted()) {
            if (event.kind() == EventKind.EPOCH_OPENED) {
                assertThat(event.epoch()).isGreaterThan(openEpoch);
                openEpoch = event.epoch();
            } else {
                assertThat(event.epoch()).isEqualTo(openEpoch);
            }
        }
        Statistics.collect(openEpoch >= 3);
        Statistics.coverage(several -> several.check(true).percentage(share -> share > 20));
    }

    @Property
    void shouldAcceptNothingBetweenASealAndTheNextOpening(
            @ForAll("histories") List<EventHeader> log) {
        boolean open = false;
        int sealed = 0;
        for (EventHeader event : Reading.of(log).accepted()) {
            assertThat(open || event.kind() == EventKind.EPOCH_OPENED).isTrue();
            open = event.kind() != EventKind.EPOCH_SEALED;
            sealed += open ? 0 : 1;
        }
        Statistics.collect(sealed >= 2);
        Statistics.coverage(several -> several.check(true).percentage(share -> share > 5));
    }

    /**
     * Says the same as the cursor in other words, from all that was accepted instead of a summary.
     */
    private static boolean counts(List<EventHeader> accepted, EventHeader event) {
        int newestEpoch = 0;
        boolean open = false;
        for (EventHeader earlier : accepted) {
            if (earlier.kind() == EventKind.EPOCH_OPENED) {
                newestEpoch = earlier.epoch();
                open = true;
            } else if (earlier.kind() == EventKind.EPOCH_SEALED) {
                open = false;
            }
        }
        boolean next = event.seq() == accepted.size() + 1;
        return event.kind() == EventKind.EPOCH_OPENED
                ? next && event.epoch() > newestEpoch
                : next && open && event.epoch() == newestEpoch;
    }

    @Property
    void shouldAgreeWithAModelThatKeepsTheWholeLog(@ForAll("histories") List<EventHeader> log) {
        List<EventHeader> expected = new ArrayList<>();
        for (EventHeader event : log.subList(0, Reading.of(log).recordsRead())) {
            if (counts(expected, event)) {
                expected.add(event);
            }
        }
        assertThat(Reading.of(log).accepted()).isEqualTo(expected);
    }

    @Property
    void shouldNotBeMovedByDuplicatesAndFencedEventsAnywhere(
            @ForAll("histories") List<EventHeader> log,
            @ForAll @IntRange(min = 0, max = 1_000_000) int pick,
            @ForAll @IntRange(min = 0, max = 1_000_000) int at) {
        Reading plain = Reading.of(log);
        List<EventHeader> read = log.subList(0, plain.recordsRead());
        if (read.isEmpty()) {
            return;
        }
        // Any record that has been judged may turn up again anywhere after itself.
        int picked = pick % read.size();
        List<EventHeader> disturbed = new ArrayList<>(read);
        disturbed.add(picked + 1 + at % (read.size() - picked), read.get(picked));

        Reading again = Reading.of(disturbed);
        assertThat(again.accepted()).isEqualTo(plain.accepted());
        assertThat(again.cursor()).isEqualTo(plain.cursor());
    }

    @Property
    void shouldReachTheSameCursorAfterGoingBackInTheLog(
            @ForAll("histories") List<EventHeader> log,
            @ForAll @IntRange(min = 0, max = 1_000_000) int crash,
            @ForAll @IntRange(min = 0, max = 1_000_000) int back) {
        Reading straight = Reading.of(log);
        List<EventHeader> read = log.subList(0, straight.recordsRead());
        int crashedAt = crash % (read.size() + 1);
        int restartedAt = back % (crashedAt + 1);
        Reading before = Reading.of(read.subList(0, crashedAt));

        Reading repeated = Reading.from(before.cursor(), read.subList(restartedAt, crashedAt));
        assertThat(repeated.accepted()).isEmpty();
        assertThat(repeated.stoppedAtGap()).isFalse();
        Reading rest = Reading.from(before.cursor(), read.subList(restartedAt, read.size()));
        assertThat(rest.cursor()).isEqualTo(straight.cursor());
    }
}
