package dev.farshore.capture.publish;

import static dev.farshore.capture.publish.LaneProgress.Acknowledged.COUNTED;
import static dev.farshore.capture.publish.LaneProgress.Acknowledged.COUNTED_AND_WINDOW_OPENED;
import static dev.farshore.capture.publish.LaneProgress.Acknowledged.TOO_LATE;
import static dev.farshore.capture.publish.LaneProgress.Acknowledged.UNEXPECTED;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;

import org.junit.jupiter.api.Test;

class LaneProgressTest {
    private static final int WINDOW_BYTES = 1000;

    private final LaneProgress progress =
            new LaneProgress(11, null, 3, new OwnOffsetRuns(), new PublishedTotals(), WINDOW_BYTES);

    @Test
    void shouldStartOverBehindWhatIsAcknowledgedAndCountNothingOfTheAttemptBefore() {
        int first = progress.begin();
        send(11, 12, 13);
        assertThat(progress.eventAcknowledged(first, 100)).isEqualTo(COUNTED);
        sendHeader(11);

        int second = progress.begin();
        assertThat(progress.nextToSendSeq()).isEqualTo(12);
        assertThat(progress.nextHeaderSeq()).isEqualTo(11);
        assertThat(progress.isNothingInFlight()).isTrue();
        assertThat(progress.eventAcknowledged(first, 101)).isEqualTo(TOO_LATE);
        assertThat(progress.headerAcknowledged(first)).isEqualTo(TOO_LATE);
        assertThat(progress.ackedSeq()).isEqualTo(11);
        assertThat(progress.headerAckedSeq()).isEqualTo(10);

        send(12);
        sendHeader(11);
        assertThat(progress.eventAcknowledged(second, 102)).isEqualTo(COUNTED);
        assertThat(progress.headerAcknowledged(second)).isEqualTo(COUNTED);
        assertThat(progress.ackedSeq()).isEqualTo(12);
        assertThat(progress.headerAckedSeq()).isEqualTo(11);
        assertThat(progress.offsetOf(12)).isEqualTo(102);
    }

    @Test
    void shouldCountNothingBetweenTwoAttempts() {
        int first = progress.begin();
        send(11);
        progress.end(first);
        assertThat(progress.isCurrent(first)).isFalse();
        assertThat(progress.eventAcknowledged(first, 100)).isEqualTo(TOO_LATE);
        assertThat(progress.ackedSeq()).isEqualTo(10);

        int second = progress.begin();
        progress.end(first);
        assertThat(progress.isCurrent(second)).as("only its own end ends an attempt").isTrue();
    }

    @Test
    void shouldExpectNoMoreAcknowledgementsThanRecordsWereSent() {
        int attempt = progress.begin();
        assertThat(progress.eventAcknowledged(attempt, 100)).isEqualTo(UNEXPECTED);
        send(11);
        assertThat(progress.headerAcknowledged(attempt)).isEqualTo(UNEXPECTED);
        assertThat(progress.eventAcknowledged(attempt, 100)).isEqualTo(COUNTED);
        assertThat(progress.eventAcknowledged(attempt, 101)).isEqualTo(UNEXPECTED);
    }

    @Test
    void shouldSayWhichAcknowledgementMakesRoomInAFullWindow() {
        int attempt = progress.begin();
        progress.sending(11, WINDOW_BYTES / 16, null);
        assertThat(progress.isSmallWindowFull()).isTrue();
        assertThat(progress.isWindowFull()).isFalse();
        progress.sending(12, WINDOW_BYTES, null);
        assertThat(progress.isWindowFull()).isTrue();
        assertThat(progress.eventAcknowledged(attempt, 100)).isEqualTo(COUNTED_AND_WINDOW_OPENED);
        assertThat(progress.isWindowFull()).as("the second is as large as the window").isTrue();
        assertThat(progress.eventAcknowledged(attempt, 101)).isEqualTo(COUNTED_AND_WINDOW_OPENED);
        assertThat(progress.isNothingInFlight()).isTrue();
    }

    private void send(long... seqs) {
        for (long seq : seqs) {
            assertThat(seq).isEqualTo(progress.nextToSendSeq());
            progress.sending(seq, 100, null);
        }
    }

    private void sendHeader(long seq) {
        progress.sendingHeader(
                new EventHeader("disk", 1, seq, seq, EventKind.WRITE, 0, 512, 0, seq, 0, "a#1"),
                new HashChain());
    }
}
