package dev.farshore.capture.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.read.LocalImages.LackedRange;
import dev.farshore.schemas.log.LogCursor;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

class SiteBlockStatusTest {
    private static final long SIZE = 1 << 20;

    private final List<LackedRange> lacked = new ArrayList<>();
    private final SiteBlockStatus status =
            new SiteBlockStatus(
                    "disk", new SiteB(), (offset, length, consumer) -> consumer.accept(length, 0));

    /** Site {@code b} lacks what the test says; of others nothing is known. */
    private final class SiteB implements LocalImages {
        @Override
        public Optional<LocalImage> find(String vvol) {
            return Optional.empty();
        }

        @Override
        public LogCursor headersEnd(String vvol) {
            return LogCursor.START;
        }

        @Override
        public boolean isKeptHere(int partition) {
            return true;
        }

        @Override
        public boolean isCaughtUp(int partition) {
            return true;
        }

        @Override
        public List<String> sites(String vvol) {
            return List.of("b", "c");
        }

        @Override
        public Optional<List<LackedRange>> lackedAt(
                String vvol, String site, long offset, long length, int maxRanges) {
            Stream<LackedRange> found =
                    lacked.stream()
                            .filter(range -> range.offset() >= offset)
                            .filter(range -> range.offset() < offset + length)
                            .limit(maxRanges);
            return site.equals("b") ? Optional.of(found.toList()) : Optional.empty();
        }
    }

    private List<String> extents(String context, int maxExtents) throws java.io.IOException {
        List<String> extents = new ArrayList<>();
        status.extents(
                context,
                0,
                SIZE,
                (length, flags) -> {
                    extents.add(length + " " + flags);
                    return extents.size() < maxExtents;
                });
        return extents;
    }

    @Test
    void shouldHaveAContextForEverySite() throws Exception {
        assertThat(status.contexts())
                .containsExactly("base:allocation", "farshore:dirty-b", "farshore:dirty-c");
        assertThat(extents("base:allocation", 9)).containsExactly(SIZE + " 0");
    }

    @Test
    void shouldShowWhatASiteLacksAndWhatItHas() throws Exception {
        lacked.add(new LackedRange(4096, 512));
        lacked.add(new LackedRange(SIZE - 512, 512));

        assertThat(extents("farshore:dirty-b", 9))
                .containsExactly("4096 0", "512 1", SIZE - 512 - 4608 + " 0", "512 1");
        assertThat(extents("farshore:dirty-b", 2)).containsExactly("4096 0", "512 1");
    }

    @Test
    void shouldTakeForDirtyWhatItDoesNotKnow() throws Exception {
        assertThat(extents("farshore:dirty-c", 9)).containsExactly(SIZE + " 3");
    }

    @Test
    void shouldGoOnWhereOneLookEnded() throws Exception {
        for (int i = 0; i < 1000; i++) {
            lacked.add(new LackedRange(i * 1024L, 512));
        }

        List<String> extents = extents("farshore:dirty-b", 9999);

        assertThat(extents).hasSize(2000).endsWith("512 1", SIZE - 999 * 1024 - 512 + " 0");
        assertThat(extents.stream().mapToLong(text -> Long.parseLong(text.split(" ")[0])).sum())
                .isEqualTo(SIZE);
    }
}
