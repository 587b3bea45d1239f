package dev.farshore.schemas.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;

import org.junit.jupiter.api.Test;

class LogCursorTest {
    private static final LogCursor IN_EPOCH_TWO = new LogCursor(2, "a", true, 10, 100, 1_000);
    private static final LogCursor SEALED = new LogCursor(2, "a", false, 10, 100, 1_000);

    @Test
    void shouldBeginWithAnOpening() {
        Verdict verdict = LogCursor.START.judge(opening(1, 1, "a"));

        assertThat(verdict).isEqualTo(new Verdict.Next(new LogCursor(1, "a", true, 1, 10, 100)));
        assertThat(LogCursor.START.judge(write(1, 1))).isInstanceOf(Verdict.Fenced.class);
        assertThat(LogCursor.START.judge(write(0, 1))).isInstanceOf(Verdict.Fenced.class);
    }

    @Test
    void shouldFenceAWriteOfAnEarlierEpoch() {
        assertThat(IN_EPOCH_TWO.judge(write(1, 11)))
                .isEqualTo(new Verdict.Fenced("epoch 1 has ended, epoch 2 is newer"));
    }

    @Test
    void shouldFenceAWriteAfterTheSeal() {
        assertThat(SEALED.judge(write(2, 11)))
                .isEqualTo(new Verdict.Fenced("epoch 2 is sealed at seq 10"));
    }

    @Test
    void shouldFenceAnOpeningThatHadNotReadTheLogToItsEnd() {
        assertThat(IN_EPOCH_TWO.judge(opening(3, 10, "b")))
                .isEqualTo(
                        new Verdict.Fenced("epoch 3 opened at seq 10, but the log had reached 10"));
    }

    @Test
    void shouldTellTheLoserOfARaceFromAResend() {
        assertThat(IN_EPOCH_TWO.judge(opening(2, 8, "b")))
                .isEqualTo(new Verdict.Fenced("epoch 2 was opened first by a, then by b"));
        assertThat(IN_EPOCH_TWO.judge(opening(2, 8, "a"))).isInstanceOf(Verdict.Duplicate.class);
    }

    @Test
    void shouldOpenWithoutASealAfterAFailure() {
        assertThat(IN_EPOCH_TWO.judge(opening(3, 11, "b")))
                .isEqualTo(new Verdict.Next(new LogCursor(3, "b", true, 11, 110, 1_100)));
    }

    @Test
    void shouldStopWhenAnOpeningMayHaveBeenLost() {
        assertThat(IN_EPOCH_TWO.judge(write(3, 12))).isEqualTo(new Verdict.Gap(11, 12));
        assertThat(SEALED.judge(write(3, 12))).isEqualTo(new Verdict.Gap(11, 12));
    }

    @Test
    void shouldKeepTheHighestVmSeqWhenOneVolumeLagsBehindAnother() {
        LogCursor cursor = new LogCursor(1, "a", true, 5, 1_000, 0);

        assertThat(cursor.judge(write(1, 6)))
                .isEqualTo(new Verdict.Next(new LogCursor(1, "a", true, 6, 1_000, 600)));
    }

    @Test
    void shouldTellTwoOpeningsOfOneSiteApartByTheirWriters() {
        String first = new EpochOwner("a", "j1").toString();
        LogCursor cursor = new LogCursor(2, first, true, 10, 100, 1_000);

        assertThat(cursor.ownerSite()).isEqualTo("a");
        assertThat(LogCursor.START.ownerSite()).isEmpty();
        assertThat(EpochOwner.parse(first)).isEqualTo(new EpochOwner("a", "j1"));
        assertThat(cursor.judge(opening(2, 9, new EpochOwner("a", "j2").toString())))
                .isInstanceOf(Verdict.Fenced.class);
        assertThat(cursor.judge(opening(2, 9, first))).isInstanceOf(Verdict.Duplicate.class);
    }

    private static EventHeader write(int epoch, long seq) {
        return Histories.header(epoch, seq, EventKind.WRITE, "");
    }

    private static EventHeader opening(int epoch, long seq, String site) {
        return Histories.header(epoch, seq, EventKind.EPOCH_OPENED, site);
    }
}
