package dev.farshore.capture.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Any sequence of puts, forgets and plans against a list of events that is searched backwards. */
class OverlayModelTest {
    private static final int SECTOR_BYTES = 512;
    private static final long VOLUME_BYTES = 5L << 30;

    /**
     * Where ranges like to begin and end: at the bounds of chunks, and of blocks in their midst.
     */
    private static final long[] BOUNDS = {
        0,
        4096,
        3 * 4096,
        2 << 20,
        (2 << 20) + 4096,
        4 << 20,
        1L << 30,
        (1L << 30) + (2 << 20),
        2L << 30,
        3L << 30,
        VOLUME_BYTES
    };

    @Property(tries = 150)
    void shouldPlanWhatTheNewestEventsSay(@ForAll @LongRange(min = 0, max = 1L << 40) long seed) {
        Random random = new Random(seed);
        Overlay overlay = new Overlay();
        List<EventHeader> model = new ArrayList<>();
        long seq = random.nextInt(100);
        for (int step = 0; step < 300; step++) {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    EventHeader event = event(random, ++seq);
                    overlay.put(event);
                    model.add(event);
                }
                case 4 -> {
                    int count = random.nextInt(model.size() / 2 + 1);
                    if (count > 0) {
                        overlay.forgetUpTo(model.get(count - 1).seq());
                        model.subList(0, count).clear();
                    }
                }
                default -> check(overlay, model, random);
            }
            assertThat(overlay.size()).isEqualTo(model.size());
        }
        overlay.forgetUpTo(Long.MAX_VALUE);
        assertThat(overlay.plan(0, 1 << 30).isAllImage()).isTrue();
    }

    @Example
    void shouldForgetHundredsOfThousandsOfRandomWritesWithoutATrace() {
        Random random = new Random(3);
        Overlay overlay = new Overlay();
        int entries = 300_000;
        long[] newest = new long[(int) (VOLUME_BYTES >> 12)];
        for (int seq = 1; seq <= entries; seq++) {
            int block = random.nextInt(newest.length);
            newest[block] = seq;
            overlay.put(event(seq, EventKind.WRITE, (long) block << 12, 4096));
        }
        int half = entries / 2;
        overlay.forgetUpTo(half);
        for (int block = 0; block < newest.length; block++) {
            ReadPlan plan = overlay.plan((long) block << 12, 4096);
            assertThat(plan.size()).isEqualTo(1);
            if (newest[block] > half) {
                assertThat(plan.seq(0)).isEqualTo(newest[block]);
            } else {
                assertThat(plan.isAllImage()).isTrue();
            }
        }
        overlay.forgetUpTo(entries);
        for (int block = 0; block < newest.length; block++) {
            assertThat(overlay.plan((long) block << 12, 4096).isAllImage()).isTrue();
        }
    }

    @Example
    void shouldReadAsZeroesWhatAShrinkCutOff() {
        Overlay overlay = new Overlay();
        overlay.put(event(1, EventKind.WRITE, 8192, 8192));
        overlay.put(event(2, EventKind.RESIZE, 0, 12288));
        overlay.put(event(3, EventKind.RESIZE, 0, 1 << 20));
        ReadPlan plan = overlay.plan(8192, 8192);
        assertThat(plan.size()).isEqualTo(2);
        assertThat(plan.source(0)).isEqualTo(ReadPlan.Source.JOURNAL);
        assertThat(plan.seq(0)).isEqualTo(1);
        assertThat(plan.source(1)).isEqualTo(ReadPlan.Source.ZEROES);
        assertThat(plan.start(1)).isEqualTo(12288);
    }

    @Example
    void shouldReadAsZeroesWhatAnImageHasBehindAShrinkInTheJournal() {
        Overlay overlay =
                new Overlay(); // of a node that starts again: nobody says how large it was
        overlay.put(event(4, EventKind.RESIZE, 0, 8192));
        overlay.put(event(5, EventKind.RESIZE, 0, 1L << 40));
        ReadPlan plan = overlay.plan((1L << 39) - 512, 1024);
        assertThat(plan.size()).isEqualTo(1);
        assertThat(plan.source(0)).isEqualTo(ReadPlan.Source.ZEROES);
        overlay.forgetUpTo(4);
        assertThat(overlay.plan(1L << 39, 512).isAllImage()).isTrue();
        assertThat(overlay.plan(1L << 40, 512).source(0)).isEqualTo(ReadPlan.Source.ZEROES);
    }

    @Example
    void shouldRefuseAHoleInTheOrderAndPartsOfSectors() {
        Overlay overlay = new Overlay();
        overlay.put(event(5, EventKind.FLUSH, 0, 0));
        assertThatThrownBy(() -> overlay.put(event(7, EventKind.WRITE, 0, 512)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> overlay.put(event(6, EventKind.WRITE, 100, 512)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static void check(Overlay overlay, List<EventHeader> model, Random random) {
        long offset = sectorAt(random);
        int length = SECTOR_BYTES * (1 + random.nextInt(64));
        ReadPlan plan = overlay.plan(offset, length);
        long expectedStart = offset;
        for (int piece = 0; piece < plan.size(); piece++) {
            assertThat(plan.start(piece)).isEqualTo(expectedStart);
            assertThat(plan.end(piece)).isGreaterThan(expectedStart);
            for (long at = plan.start(piece); at < plan.end(piece); at += SECTOR_BYTES) {
                EventHeader newest = newest(model, at);
                if (newest == null) {
                    assertThat(plan.source(piece)).isEqualTo(ReadPlan.Source.IMAGE);
                } else if (newest.kind() == EventKind.WRITE) {
                    assertThat(plan.source(piece)).isEqualTo(ReadPlan.Source.JOURNAL);
                    assertThat(plan.seq(piece)).isEqualTo(newest.seq());
                } else {
                    assertThat(plan.source(piece)).isEqualTo(ReadPlan.Source.ZEROES);
                }
            }
            expectedStart = plan.end(piece);
        }
        assertThat(expectedStart).isEqualTo(offset + length);
    }

    private static @Nullable EventHeader newest(List<EventHeader> model, long at) {
        for (EventHeader event : model.reversed()) {
            boolean isSize = event.kind() == EventKind.RESIZE;
            if (isSize
                    ? event.length() <= at
                    : event.kind() != EventKind.FLUSH
                            && event.offset() <= at
                            && at < event.offset() + event.length()) {
                return event;
            }
        }
        return null;
    }

    private static EventHeader event(Random random, long seq) {
        long one = sectorAt(random);
        return switch (random.nextInt(12)) {
            case 0 -> event(seq, EventKind.FLUSH, 0, 0);
            case 10 -> event(seq, EventKind.RESIZE, 0, one);
            case 1, 2 -> {
                long other = sectorAt(random);
                yield event(
                        seq,
                        random.nextBoolean() ? EventKind.ZERO : EventKind.TRIM,
                        Math.min(one, other),
                        Math.abs(one - other));
            }
            case 3, 4 ->
                    event(seq, EventKind.WRITE, one, SECTOR_BYTES * (1 + random.nextInt(8192)));
            default -> event(seq, EventKind.WRITE, one, SECTOR_BYTES * (1 + random.nextInt(24)));
        };
    }

    private static long sectorAt(Random random) {
        long bound = BOUNDS[random.nextInt(BOUNDS.length)];
        long sectors = random.nextInt(3) == 0 ? 0 : random.nextInt(49) - 24;
        return Math.clamp(bound + SECTOR_BYTES * sectors, 0, VOLUME_BYTES);
    }

    static EventHeader event(long seq, EventKind kind, long offset, long length) {
        return new EventHeader("v", 1, seq, seq, kind, offset, length, 0, 0, 0, "");
    }
}
