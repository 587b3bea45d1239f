package dev.farshore.testkit.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.Objects;

class WriteRecordTest {
    private static final int MIB = 1 << 20;

    private final WriteRecord record = new WriteRecord("db-data", 1, 64 * MIB);

    @Test
    void shouldHoldTheNewestAcknowledgedWriteOfEachSector() {
        acknowledged(0, 2048, false);
        acknowledged(512, 512, false);
        acknowledged(1024, 512, true);

        assertThat(record.contents(0, 2560)).containsExactly(1, 2, -3, 1, 0);
    }

    @Test
    void shouldClaimNothingOfAWriteInFlight() {
        RecordedWrite write = record.begin(0, 512, false);

        assertThat(record.contents(0, 512)).containsExactly(0);
        assertThat(record.inFlight()).containsExactly(write);
    }

    @Test
    void shouldRefuseToAcknowledgeAWriteTwice() {
        RecordedWrite write = acknowledged(0, 512, false);

        assertThatThrownBy(() -> record.acknowledge(write))
                .hasMessageContaining("not in flight on db-data");
    }

    @Test
    void shouldRefuseWhatIsNotSectorsOfTheVolume() {
        assertThatThrownBy(() -> record.begin(100, 512, false))
                .hasMessageContaining("not sectors of db-data");
        assertThatThrownBy(() -> record.begin(64L * MIB - 512, 1024, false))
                .hasMessageContaining("not sectors of db-data");
    }

    @Test
    void shouldRequireAtAFlushWhatWasAcknowledgedBeforeItsMarkerWasSent() {
        acknowledged(0, 512, false);
        RecordedWrite inFlight = record.begin(512, 512, false);
        RecordedWrite marker = flush();
        record.acknowledge(inFlight);

        FlushExpectation expectation = expectAt(marker, 0);

        int[] required = new int[1];
        expectation.forEachRun(
                (offset, contents) -> {
                    assertThat(offset).isZero();
                    assertThat(contents).hasSize(1);
                    required[0] = contents[0];
                });
        assertThat(required[0]).isEqualTo(1);
    }

    @Test
    void shouldAllowWhatMayHaveBeenWrittenBeforeTheFlushWasAcknowledged() {
        int before = acknowledged(0, 512, false).number();
        RecordedWrite marker = acknowledgedMarker();
        int during = acknowledged(0, 512, false).number();
        record.acknowledgeFlush(marker);
        int after = acknowledged(0, 512, false).number();

        FlushExpectation expectation = expectAt(marker, 0);

        assertThat(expectation.allows(0, before, before)).isTrue();
        assertThat(expectation.allows(0, before, during)).isTrue();
        assertThat(expectation.allows(0, before, after)).as("sent after the flush").isFalse();
        assertThat(expectation.allows(0, during, before)).as("older than required").isFalse();
        assertThat(expectation.allows(0, before, SectorStamp.ZEROES)).isFalse();
        assertThat(expectation.allows(0, before, SectorStamp.OTHER)).isFalse();
    }

    @Test
    void shouldAllowAnythingSentSoFarWhileTheFlushIsInFlight() {
        int before = acknowledged(0, 512, false).number();
        RecordedWrite marker = acknowledgedMarker();
        int during = record.begin(0, 512, false).number();

        assertThat(expectAt(marker, 0).allows(0, before, during)).isTrue();
    }

    @Test
    void shouldAllowZeroesOnlyWhereAWriteMayHaveMadeThem() {
        int before = acknowledged(0, 1024, false).number();
        RecordedWrite marker = acknowledgedMarker();
        acknowledged(0, 512, true);
        record.acknowledgeFlush(marker);
        acknowledged(512, 512, true);

        FlushExpectation expectation = expectAt(marker, 0);

        assertThat(expectation.allows(0, before, SectorStamp.ZEROES)).isTrue();
        assertThat(expectation.allows(512, before, SectorStamp.ZEROES))
                .as("zeroed after the flush")
                .isFalse();
    }

    @Test
    void shouldNotAllowZeroesThatANewerWriteReplacedBeforeTheFlush() {
        acknowledged(0, 512, true);
        int newer = acknowledged(0, 512, false).number();
        RecordedWrite marker = flush();

        assertThat(expectAt(marker, 0).allows(0, newer, SectorStamp.ZEROES)).isFalse();
    }

    @Test
    void shouldMakeUpForFlushesAtWhichNothingWasChecked() {
        acknowledged(0, 512, false);
        RecordedWrite first = flush();
        acknowledged(4096, 512, false);
        flush();
        acknowledged(8192, 512, false);
        RecordedWrite third = flush();

        FlushExpectation expectation = expectAt(third, first.number());

        long[] offsets = new long[3];
        int[] count = new int[1];
        expectation.forEachRun((offset, _) -> offsets[count[0]++] = offset);
        assertThat(offsets)
                .as("the two writes after the first flush, and the second marker's sector")
                .containsExactly(4096, 8192, record.markerOffset());
    }

    @Test
    void shouldForgetFlushesThatNobodyChecksAnyMore() {
        RecordedWrite first = flush();
        RecordedWrite second = flush();
        record.forgetFlushes(first.number());

        assertThat(record.expectAt(first.number(), 0)).isNull();
        assertThat(record.expectAt(second.number(), first.number())).isNotNull();
        assertThat(record.flushPoints()).isEqualTo(2);
    }

    private RecordedWrite acknowledged(long offset, long length, boolean isZero) {
        RecordedWrite write = record.begin(offset, length, isZero);
        record.acknowledge(write);
        return write;
    }

    private RecordedWrite acknowledgedMarker() {
        RecordedWrite marker = record.beginFlush();
        record.acknowledge(marker);
        return marker;
    }

    private RecordedWrite flush() {
        RecordedWrite marker = acknowledgedMarker();
        record.acknowledgeFlush(marker);
        return marker;
    }

    private FlushExpectation expectAt(RecordedWrite marker, int afterMarker) {
        return Objects.requireNonNull(record.expectAt(marker.number(), afterMarker));
    }
}
