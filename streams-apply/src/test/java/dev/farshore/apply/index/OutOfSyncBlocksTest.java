package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

class OutOfSyncBlocksTest {
    private static final long SIZE = 1L << 30;
    private static final int MANY = 1 << 20;

    private final LogWriter log = new LogWriter("disk0");
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private DirtyBlocks blocks =
            new DirtyBlocks("disk0", LogCursor.START, "", IndexMemory.unlimited());
    private long headersOffset;

    private void header(LogEvent event) {
        blocks.onHeader(
                new IndexedHeader(event.header(), 1000 + event.header().seq()), headersOffset++);
    }

    private List<BlockRange> lacking(long afterSeq) {
        return blocks.lackingAfter(afterSeq, 0, SIZE, MANY).orElseThrow();
    }

    @Test
    void shouldTellEverySiteWhatItLacks() {
        index.add(blocks);
        index.onHardenedEverywhere("disk0", 0);
        header(log.open(SIZE));
        header(log.write(0, 8192));
        header(log.write(8192, 4096));
        header(log.write(4096, 512));
        header(log.trim(65536, 65536));

        assertThat(lacking(1))
                .containsExactly(new BlockRange(0, 12288), new BlockRange(65536, 65536));
        assertThat(lacking(3))
                .containsExactly(new BlockRange(4096, 512), new BlockRange(65536, 65536));
        assertThat(lacking(5)).isEmpty();
        assertThat(blocks.lackingAfter(1, 4096, 512, MANY).orElseThrow())
                .containsExactly(new BlockRange(4096, 512));
        assertThat(blocks.lackingAfter(1, 0, SIZE, 1).orElseThrow()).hasSize(1);
    }

    /** The own site's index has forgotten them: another site may lack them for longer. */
    @Test
    void shouldKeepWhatOnlyThisSiteHasHardened() {
        index.onHardenedEverywhere("disk0", 1);
        index.add(blocks);
        header(log.open(SIZE));
        header(log.write(0, 4096));
        blocks.onHardened(2);

        assertThat(blocks.dirtyBytes()).isZero();
        assertThat(lacking(1)).containsExactly(new BlockRange(0, 4096));
        index.onHardenedEverywhere("disk0", 2);
        assertThat(lacking(2)).isEmpty();
        assertThat(blocks.lackingAfter(1, 0, SIZE, MANY)).as("forgotten").isEmpty();
        assertThat(blocks.resumePoint().headersOffset()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldReadAgainAfterARestartWhatTheSlowestSiteLacks() {
        index.onHardenedEverywhere("disk0", 1);
        index.add(blocks);
        header(log.open(SIZE));
        header(log.write(0, 4096));
        header(log.write(4096, 4096));
        blocks.onHardened(3);

        assertThat(blocks.resumePoint().headersOffset()).isEqualTo(1);
        assertThat(blocks.resumePoint().cursor().seq()).isEqualTo(1);
    }

    @Test
    void shouldNotGuessWhatCameBeforeItListened() {
        header(log.open(SIZE));
        header(log.write(0, 4096));
        blocks.onHardenedEverywhere(1);
        header(log.write(8192, 4096));

        assertThat(blocks.lackingAfter(1, 0, SIZE, MANY)).isEmpty();
        assertThat(lacking(2)).containsExactly(new BlockRange(8192, 4096));
    }

    /** Against an array of sectors, with sites that come and go, far beyond the bound of memory. */
    @Test
    void shouldNeverCallABlockThereThatIsLackingHoweverManyThereAre() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("OutOfSyncBlocksTest: -Dfarshore.seed=" + seed);
        Random random = new Random(seed);
        int sectors = 1 << 22;
        long[] newest = new long[sectors];
        OutOfSyncBlocks outOfSync = new OutOfSyncBlocks(0);
        outOfSync.onHardenedEverywhere(0);
        long hardened = 0;
        boolean isCoarse = false;
        for (long seq = 1; seq <= 700_000; seq++) {
            int length = 1 + random.nextInt(3);
            int start = random.nextInt(sectors - length);
            EventHeader header = log.write(start * 512L, length * 512).header();
            outOfSync.add(LogCursor.START, header, seq);
            Arrays.fill(newest, start, start + length, header.seq());
            if (seq == 500_000) {
                hardened += random.nextLong(header.seq() - hardened);
                outOfSync.onHardenedEverywhere(hardened);
            }
            assertThat(outOfSync.heapBytes()).isLessThanOrEqualTo(OutOfSyncBlocks.MAX_HEAP_BYTES);
            if (seq % 100_000 == 0) {
                isCoarse |= check(outOfSync, newest, hardened);
                check(outOfSync, newest, hardened + random.nextLong(header.seq() - hardened));
            }
        }
        assertThat(isCoarse).as("more extents than are kept").isTrue();
    }

    /**
     * @return whether blocks were called lacking that are not
     */
    private static boolean check(OutOfSyncBlocks outOfSync, long[] newest, long hardened) {
        assertThat(outOfSync.isKnownAfter(hardened)).isTrue();
        boolean[] lacking = new boolean[newest.length];
        for (BlockRange range :
                outOfSync.writtenAfter(hardened, 0, newest.length * 512L, Integer.MAX_VALUE)) {
            int start = (int) (range.offset() / 512);
            Arrays.fill(lacking, start, start + (int) (range.length() / 512), true);
        }
        boolean isCoarse = false;
        for (int sector = 0; sector < newest.length; sector++) {
            isCoarse |= newest[sector] <= hardened && lacking[sector];
            if (newest[sector] > hardened && !lacking[sector]) {
                throw new AssertionError(
                        "sector %d of event %d is called there at %d"
                                .formatted(sector, newest[sector], hardened));
            }
        }
        return isCoarse;
    }
}
