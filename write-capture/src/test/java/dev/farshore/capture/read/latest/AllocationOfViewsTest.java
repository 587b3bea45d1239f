package dev.farshore.capture.read.latest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.read.Allocation;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Holes of the read-only views of a site. */
class AllocationOfViewsTest {
    private static final int BLOCK = 4096;
    private static final LogCursor AT = new LogCursor(1, "a#1@n", true, 10, 10, 0);

    /** Has data in blocks 4 to 7. */
    private static final class Image implements ReplicaImage {
        long takenIn = 99;
        long mixedUntil;
        boolean isTouched;
        boolean isClosed;

        @Override
        public ImageState state() {
            return new ImageState(AT, takenIn, 1 << 20);
        }

        @Override
        public long takenInOffset() {
            return takenIn;
        }

        @Override
        public boolean isUntouchedSince(long seq, long offset, long length) {
            return !isTouched;
        }

        @Override
        public long mixedUntilSeq() {
            return mixedUntil;
        }

        @Override
        public LogCursor applied() {
            return AT;
        }

        @Override
        public long sizeBytes() {
            return 1 << 20;
        }

        @Override
        public long hardenedSeq() {
            return 0;
        }

        @Override
        public void read(long offset, ByteBuffer into) {
            throw new UnsupportedOperationException("not asked");
        }

        @Override
        public long nextData(long from, long end) throws IOException {
            if (isClosed) {
                throw new ClosedChannelException();
            }
            return from >= 8 * BLOCK ? end : Math.min(end, Math.max(from, 4 * BLOCK));
        }

        @Override
        public long nextHole(long from, long end) {
            return from < 4 * BLOCK ? from : Math.min(end, Math.max(from, 8 * BLOCK));
        }
    }

    /** Ends at offset 100. */
    private static final class Log implements WriteLog {
        @Override
        public long end(Duration patience) {
            return 100;
        }

        @Override
        public CompletableFuture<Long> endSoon() {
            return CompletableFuture.completedFuture(100L);
        }

        @Override
        public Duration roundTrip() {
            return Duration.ZERO;
        }

        @Override
        public void fetch(long[] offsets, Duration patience, RecordVisitor visitor) {
            throw new UnsupportedOperationException("not asked");
        }

        @Override
        public void close() {}
    }

    private static final class Index implements LogIndex {
        List<Extent> extents = List.of();
        List<OffsetRange> unknown = List.of();

        @Override
        public Optional<View> view(String vvol, long offset, long length) {
            return Optional.of(
                    new View(
                            new LogCursor(1, "a#1@n", true, 20, 20, 0),
                            99,
                            10,
                            List.of(),
                            "",
                            extents));
        }

        @Override
        public List<OffsetRange> unknown(int partition, long from, long to, int maxRanges) {
            return unknown;
        }
    }

    private final Image image = new Image();
    private final Index index = new Index();
    private @Nullable Image open = image;
    private final Allocation replica = new ReplicaAllocation(() -> Optional.ofNullable(open));
    private final Allocation latest =
            new LatestAllocation(
                    "v",
                    0,
                    () -> Optional.ofNullable(open),
                    index,
                    new Log(),
                    new WriteEventCodec(1),
                    Duration.ofSeconds(1));

    private static List<String> extents(Allocation allocation) throws IOException {
        List<String> told = new ArrayList<>();
        allocation.extents(
                0,
                16 * BLOCK,
                (bytes, flags) -> {
                    told.add(bytes / BLOCK + (flags == Allocation.HOLE ? " hole" : " data"));
                    return true;
                });
        return told;
    }

    @Test
    void shouldTellTheImagesHolesWhereItHasAllOfTheLog() throws IOException {
        assertThat(extents(replica)).containsExactly("4 hole", "4 data", "8 hole");
        assertThat(extents(latest)).containsExactly("4 hole", "4 data", "8 hole");
    }

    @Test
    void shouldCallDataWhatTheApplierMayHaveChangedMeanwhile() throws IOException {
        image.isTouched = true;
        assertThat(extents(replica)).doesNotContain("4 hole", "8 hole");
        assertThat(extents(latest)).doesNotContain("4 hole", "8 hole");
    }

    @Test
    void shouldCallAllDataOfAnImageThatIsNotOpen() throws IOException {
        image.isClosed = true;
        assertThat(extents(replica)).containsExactly("16 data");
        assertThat(extents(latest)).containsExactly("16 data");
        open = null;
        assertThat(extents(replica)).containsExactly("16 data");
        assertThat(extents(latest)).containsExactly("16 data");
    }

    @Test
    void shouldCallAllDataOfAReplicaThatACrashLeftMixed() throws IOException {
        image.mixedUntil = 11;
        assertThat(extents(replica)).containsExactly("16 data");
    }

    @Test
    void shouldTellWhatTheLogHasOverTheImageOfASiteThatIsBehind() throws IOException {
        image.takenIn = 50;
        index.extents =
                List.of(
                        new LogIndex.Extent(BLOCK, BLOCK, 11, 60, BLOCK, false),
                        new LogIndex.Extent(5 * BLOCK, BLOCK, 12, 61, 5 * BLOCK, true));
        assertThat(extents(latest))
                .containsExactly(
                        "1 hole", "1 data", "2 hole", "1 data", "1 hole", "2 data", "8 hole");
    }

    @Test
    void shouldCallAllDataWhereHeadersAreStillToCome() throws IOException {
        image.takenIn = 50;
        index.unknown = List.of(new LogIndex.OffsetRange(70, 71));
        assertThat(extents(latest)).containsExactly("16 data");
    }
}
