package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;

import org.junit.jupiter.api.Test;

class DirtyBlocksTest {
    private static final long SIZE = 1L << 30;

    private final LogWriter log = new LogWriter("disk0");
    private final DirtyBlocks blocks =
            new DirtyBlocks("disk0", LogCursor.START, "", IndexMemory.unlimited());
    private long headersOffset;

    private EventHeader header(LogEvent event) {
        blocks.onHeader(
                new IndexedHeader(event.header(), 1000 + event.header().seq()), headersOffset++);
        return event.header();
    }

    @Test
    void shouldTellTheNewestEventOfEveryPartOfARange() {
        header(log.open(SIZE));
        header(log.write(0, 8192));
        header(log.write(4096, 512));
        header(log.trim(6144, 1024));

        assertThat(blocks.extents(0, 16384))
                .containsExactly(
                        new DirtyExtent(0, 4096, 2, 1002, 0, false),
                        new DirtyExtent(4096, 512, 3, 1003, 4096, false),
                        new DirtyExtent(4608, 1536, 2, 1002, 0, false),
                        new DirtyExtent(6144, 1024, 4, 1004, 6144, true),
                        new DirtyExtent(7168, 1024, 2, 1002, 0, false));
        assertThat(blocks.extents(5000, 200))
                .containsExactly(new DirtyExtent(5000, 200, 2, 1002, 0, false));
        assertThat(blocks.newest(4096).orElseThrow().seq()).isEqualTo(3);
        assertThat(blocks.dirtyBytes()).isEqualTo(8192);
        assertThat(blocks.isDirty(8192, 512)).isFalse();
        assertThat(blocks.isDirty(8191, 1)).isTrue();
    }

    @Test
    void shouldForgetWhatIsHardened() {
        header(log.open(SIZE));
        header(log.write(0, 4096));
        header(log.write(4096, 4096));
        header(log.write(0, 512));
        blocks.onHardened(2);
        assertThat(blocks.extents(0, 8192)).extracting(DirtyExtent::seq).containsExactly(4L, 3L);
        assertThat(blocks.dirtyBytes()).isEqualTo(512 + 4096);
        blocks.onHardened(4);
        assertThat(blocks.isDirty(0, SIZE)).isFalse();
        assertThat(blocks.isComplete()).isTrue();
        assertThat(blocks.oldestUnhardenedMicros()).isEmpty();
    }

    @Test
    void shouldNotCallABlockDirtyWhoseProgressCameBeforeItsHeader() {
        blocks.onHardened(3);
        header(log.open(SIZE));
        header(log.write(0, 4096));
        header(log.write(4096, 4096));
        EventHeader last = header(log.write(8192, 4096));

        assertThat(blocks.isComplete()).isTrue();
        assertThat(blocks.dirtyBytes()).isEqualTo(4096);
        assertThat(blocks.oldestUnhardenedMicros()).hasValue(last.captureMicros());
        assertThat(blocks.logEnd().seq()).isEqualTo(4);
    }

    /** An image that is lost or taken over may be behind what the index has forgotten. */
    @Test
    void shouldNotBeCompleteForAnImageBehindWhatItForgot() {
        header(log.open(SIZE));
        header(log.write(0, 4096));
        header(log.write(4096, 4096));
        blocks.onHardened(3);
        blocks.onHardened(1);
        assertThat(blocks.isComplete()).isFalse();
        assertThat(blocks.isDirty(0, 512)).isTrue();

        blocks.onHardened(3);
        assertThat(blocks.isComplete()).isTrue();
        assertThat(blocks.isDirty(0, 512)).isFalse();
    }

    @Test
    void shouldNotBeCompleteAfterAGap() {
        header(log.open(SIZE));
        log.write(0, 512);
        header(log.write(4096, 512));
        assertThat(blocks.isComplete()).isFalse();
        assertThat(blocks.gap()).contains("event 2 is missing");
        assertThat(blocks.isDirty(0, 512)).isTrue();
    }

    @Test
    void shouldIgnoreFencedAndRepeatedHeaders() {
        LogWriter old = new LogWriter("disk0");
        header(old.open(SIZE));
        LogEvent first = old.write(0, 512);
        header(first);
        log.open(SIZE);
        log.write(0, 512);
        header(log.open(SIZE));
        header(old.write(4096, 512));
        header(old.write(8192, 512));
        header(first);

        assertThat(blocks.dirtyBytes()).isEqualTo(512);
        assertThat(blocks.logEnd().epoch()).isEqualTo(2);
        assertThat(blocks.isComplete()).isTrue();
    }

    /** See {@link HeaderOrder}: the headers of what the old owner went on writing came first. */
    @Test
    void shouldTakeBackWhatAnOpeningFences() {
        header(log.open(SIZE));
        header(log.write(0, 8192));
        LogWriter old = log.copy();
        LogEvent opening = log.open(SIZE);
        header(old.write(0, 4096));
        header(old.write(16384, 4096));
        header(old.flush());
        assertThat(blocks.newest(0).orElseThrow().seq()).isEqualTo(3);

        header(opening);
        header(old.write(32768, 4096));
        header(log.write(4096, 512));

        assertThat(blocks.logEnd().epoch()).isEqualTo(2);
        assertThat(blocks.logEnd().seq()).isEqualTo(4);
        assertThat(blocks.extents(0, SIZE))
                .extracting(DirtyExtent::seq)
                .containsExactly(2L, 4L, 2L);
        assertThat(blocks.dirtyBytes()).isEqualTo(8192);
        blocks.onHardened(4);
        assertThat(blocks.dirtyBytes()).isZero();
        assertThat(blocks.isComplete()).isTrue();
    }

    @Test
    void shouldTakeBackWhatProgressOfTheNewEpochSeemedToHarden() {
        header(log.open(SIZE));
        header(log.write(0, 8192));
        LogWriter old = log.copy();
        LogEvent opening = log.open(SIZE);
        header(old.write(0, 4096));
        header(old.write(16384, 4096));
        blocks.onHardened(3);

        header(opening);
        assertThat(blocks.dirtyBytes()).isZero();
        header(log.write(4096, 512));
        assertThat(blocks.newest(4096).orElseThrow().seq()).isEqualTo(4);
        assertThat(blocks.isComplete()).isTrue();
    }

    @Test
    void shouldKeepEventsTooLargeOrTooFarApartForTheirPackedForm() {
        header(log.open(1L << 48));
        header(log.zero(0, 1L << 40));
        header(log.write((1L << 48) - 512, 512));
        blocks.onHeader(
                new IndexedHeader(log.write(1L << 41, 512).header(), 1L << 40), headersOffset++);

        assertThat(blocks.newest((1L << 40) - 512).orElseThrow().isZero()).isTrue();
        assertThat(blocks.newest((1L << 48) - 512).orElseThrow().seq()).isEqualTo(3);
        assertThat(blocks.newest(1L << 41).orElseThrow().writesOffset()).isEqualTo(1L << 40);
        blocks.onHardened(4);
        assertThat(blocks.dirtyBytes()).isZero();
    }

    @Test
    void shouldResumeFromTheFirstChunkNotHardened() {
        header(log.open(SIZE));
        for (int i = 0; i < 5000; i++) {
            header(log.write(i * 512L, 512));
        }
        assertThat(blocks.resumePoint().headersOffset()).isZero();
        blocks.onHardened(3000);
        assertThat(blocks.resumePoint().headersOffset()).isBetween(1900L, 3000L);
        assertThat(blocks.resumePoint().cursor().seq())
                .isEqualTo(blocks.resumePoint().headersOffset());
        blocks.onHardened(5001);
        assertThat(blocks.resumePoint().headersOffset()).isEqualTo(Long.MAX_VALUE);
        assertThat(blocks.resumePoint().cursor()).isEqualTo(blocks.logEnd());
    }
}
