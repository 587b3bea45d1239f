package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Against a plain list of all that was written. */
class HeatMapTest {
    private final HeatMap heat = new HeatMap();
    private final List<EventHeader> written = new ArrayList<>();

    private void write(long offset, long length) {
        long seq = written.size() + 1L;
        EventHeader header =
                new EventHeader(
                        "disk0", 1, seq, seq, EventKind.ZERO, offset, length, 0, 1000 * seq, 0, "");
        written.add(header);
        heat.add(header);
    }

    private List<WrittenRegion> regions() {
        return heat.writtenAfter(0);
    }

    private void check() {
        List<WrittenRegion> regions = regions();
        assertThat(regions).hasSizeLessThanOrEqualTo(HeatMap.MAX_REGIONS);
        for (WrittenRegion region : regions) {
            long newest =
                    written.stream()
                            .filter(
                                    header ->
                                            header.offset() < region.offset() + region.length()
                                                    && header.offset() + header.length()
                                                            > region.offset())
                            .mapToLong(EventHeader::seq)
                            .max()
                            .orElse(0);
            assertThat(region.seq()).isEqualTo(newest);
            assertThat(region.captureMicros()).isEqualTo(1000 * newest);
        }
        EventHeader last = written.getLast();
        assertThat(regions)
                .anyMatch(region -> region.offset() <= last.offset() && region.seq() == last.seq());
    }

    @Test
    void shouldKnowTheNewestEventOfEveryRegionWhileTheVolumeGrows() {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("HeatMapTest: -Dfarshore.seed=" + seed);
        Random random = new Random(seed);
        long sizeBytes = 1 << 21;
        for (int step = 0; step < 400; step++) {
            if (step % 20 == 0) {
                sizeBytes *= 2;
            }
            long offset = random.nextLong(sizeBytes);
            write(offset, 1 + random.nextLong(Math.min(sizeBytes - offset, sizeBytes / 8)));
            check();
        }
    }

    @Test
    void shouldKeepItsBoundForTheLargestVolume() {
        write(0, 4096);
        write((1L << 60) - 4096, 4096);
        assertThat(regions()).hasSize(2);
        assertThat(regions().getFirst().seq()).isEqualTo(1);
        assertThat(regions().getLast().seq()).isEqualTo(2);
    }
}
