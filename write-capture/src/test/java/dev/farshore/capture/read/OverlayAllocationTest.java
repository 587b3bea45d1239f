package dev.farshore.capture.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Holes at the owner: overlay over image. */
class OverlayAllocationTest {
    private static final long SIZE_BYTES = 1L << 40;
    private static final int BLOCK = 4096;

    private final Overlay overlay = new Overlay();
    private final OverlayAllocation allocation = new OverlayAllocation(overlay);
    private long lastSeq;

    /**
     * Has data from {@code dataFrom} to {@code dataTo}, and does something when it is looked at.
     */
    private record HalfFull(long dataFrom, long dataTo, Runnable whenAsked) implements LocalImage {
        @Override
        public long nextData(long from, long end) {
            whenAsked.run();
            return from >= dataTo ? end : Math.min(end, Math.max(from, dataFrom));
        }

        @Override
        public long nextHole(long from, long end) {
            return from < dataFrom ? from : Math.min(end, Math.max(from, dataTo));
        }

        @Override
        public LogCursor applied() {
            return LogCursor.START;
        }

        @Override
        public long sizeBytes() {
            return SIZE_BYTES;
        }

        @Override
        public long hardenedSeq() {
            return 0;
        }

        @Override
        public void read(long offset, ByteBuffer into) {
            throw new UnsupportedOperationException("not asked");
        }
    }

    private void put(EventKind kind, long offset, long length) {
        lastSeq++;
        overlay.put(new EventHeader("v", 1, lastSeq, lastSeq, kind, offset, length, 0, 0, 0, ""));
    }

    private List<String> extents(long offset, long length, LocalImage image) throws IOException {
        List<String> told = new ArrayList<>();
        long[] left = {length};
        allocation.extents(
                offset,
                length,
                image,
                (bytes, flags) -> {
                    left[0] -= bytes;
                    told.add(bytes / BLOCK + (flags == Allocation.HOLE ? " hole" : " data"));
                    return true;
                });
        assertThat(left[0]).isZero();
        return told;
    }

    @Test
    void shouldTellHolesOfTheImageAndWhatEventsHaveMadeOfThem() throws IOException {
        LocalImage image = new HalfFull(4 * BLOCK, 8 * BLOCK, () -> {});
        assertThat(extents(0, 16 * BLOCK, image)).containsExactly("4 hole", "4 data", "8 hole");
        put(EventKind.WRITE, BLOCK, BLOCK);
        put(EventKind.TRIM, 5 * BLOCK, BLOCK);
        put(EventKind.ZERO, 7 * BLOCK, 2 * BLOCK);
        assertThat(extents(0, 16 * BLOCK, image))
                .containsExactly(
                        "1 hole", "1 data", "2 hole", "1 data", "1 hole", "1 data", "2 hole",
                        "7 hole");
        overlay.forgetUpTo(lastSeq);
        assertThat(extents(0, 16 * BLOCK, image)).containsExactly("4 hole", "4 data", "8 hole");
    }

    @Test
    void shouldCallDataWhatWasWrittenWhileTheImageWasLookedAt() throws IOException {
        LocalImage image = new HalfFull(0, 0, () -> put(EventKind.WRITE, 3 * BLOCK, BLOCK));
        assertThat(extents(0, 16 * BLOCK, image)).containsExactly("16 data");
    }

    @Test
    void shouldCallDataWhatMayHaveBeenWrittenAndForgottenWhileTheImageWasLookedAt()
            throws IOException {
        LocalImage image =
                new HalfFull(
                        0,
                        0,
                        () -> {
                            put(EventKind.WRITE, 3 * BLOCK, BLOCK);
                            overlay.forgetUpTo(lastSeq);
                        });
        assertThat(extents(0, 16 * BLOCK, image)).containsExactly("16 data");
    }

    @Test
    void shouldTellOfATebibyteAtOnce() throws IOException {
        put(EventKind.WRITE, SIZE_BYTES / 2, BLOCK);
        LocalImage image = new HalfFull(0, 0, () -> {});
        long startNanos = System.nanoTime();
        List<String> told = extents(0, SIZE_BYTES, image);
        assertThat(told.stream().filter(extent -> extent.endsWith("data"))).hasSize(1);
        assertThat(System.nanoTime() - startNanos).isLessThan(5_000_000_000L);
    }
}
