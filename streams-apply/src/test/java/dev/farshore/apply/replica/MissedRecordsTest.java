package dev.farshore.apply.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How far a replica has to read before it is where its partition is. */
class MissedRecordsTest {
    private long seenOffset = -1;
    private final MissedRecords missed = new MissedRecords(() -> seenOffset);

    @Test
    void shouldMissAllThatThePartitionHasSeen() {
        seenOffset = 7;
        missed.note(3);
        assertThat(missed.untilOffset()).isEqualTo(7);

        missed.note(9);
        assertThat(missed.untilOffset()).isEqualTo(9);
    }

    @Test
    void shouldNotWaitForRecordsThatTheLogHasLost() {
        missed.note(9);

        missed.logEndsAt(5, 9);

        assertThat(missed.untilOffset()).isEqualTo(4);
    }

    @Test
    void shouldStillWaitForRecordsThatCameAfterTheLogWasAsked() {
        missed.note(9);
        long before = missed.untilOffset();
        missed.note(12);

        missed.logEndsAt(5, before);

        assertThat(missed.untilOffset()).isEqualTo(12);
    }

    @Test
    void shouldKeepWhatTheLogStillHas() {
        missed.note(9);

        missed.logEndsAt(10, 9);

        assertThat(missed.untilOffset()).isEqualTo(9);
    }
}
