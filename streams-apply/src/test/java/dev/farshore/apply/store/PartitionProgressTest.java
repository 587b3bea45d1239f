package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How far a partition was read, when the log goes back or begins later. */
class PartitionProgressTest {
    private final PartitionProgress progress = new PartitionProgress();

    @Test
    void shouldForgetRecordsThatTheLogHasLost() {
        progress.seen(9);
        progress.logEndedAt(5, 9);
        assertThat(progress.seenOffset()).as("only the reading thread acts").isEqualTo(9);

        progress.forgetLostTail();

        assertThat(progress.seenOffset()).isEqualTo(4);
    }

    @Test
    void shouldKeepWhatWasSeenSinceTheLogWasAsked() {
        progress.seen(9);
        progress.logEndedAt(5, 9);
        progress.seen(10);

        progress.forgetLostTail();

        assertThat(progress.seenOffset()).isEqualTo(10);
    }

    @Test
    void shouldHavePassedWhatTheLogNoLongerHas() {
        assertThat(progress.passedOffset()).isEqualTo(-1);

        progress.logBeginsAt(20);

        assertThat(progress.passedOffset()).isEqualTo(19);
    }

    @Test
    void shouldKnowWhetherTheLogOfTheOpeningWasSeen() {
        progress.seen(3);
        assertThat(progress.hasSeenLogOfOpening()).as("its end is not known").isFalse();

        progress.logEndsAt(5);
        assertThat(progress.hasSeenLogOfOpening()).isFalse();

        progress.seen(4);
        assertThat(progress.hasSeenLogOfOpening()).isTrue();
    }
}
