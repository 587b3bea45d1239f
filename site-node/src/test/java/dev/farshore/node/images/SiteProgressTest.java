package dev.farshore.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.store.Images;
import dev.farshore.capture.read.LocalImages.LackedRange;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.SeedMark;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;
import java.util.Optional;

class SiteProgressTest {
    private static final SeedMark IMPORT = new SeedMark(7, true, 3, 2, false, false);

    private final SiteProgress sites = new SiteProgress("a", "a-1");

    private static Progress report(Health health, long seedId) {
        return Progress.newBuilder()
                .setVvol("disk")
                .setSite("b")
                .setNode("b-1")
                .setEpoch(1)
                .setOpen(true)
                .setAppliedSeq(500)
                .setHardenedSeq(500)
                .setHardenedVmSeq(500)
                .setHardenedTotalBytes(0)
                .setHardenedWritesOffset(499)
                .setHealth(health)
                .setReportedMicros(0)
                .setSeedId(seedId)
                .build();
    }

    @ParameterizedTest
    @EnumSource(names = {"SEEDING", "NEEDS_SEED", "UNKNOWN"})
    void shouldNotTakeAnImageForAllThatItsPositionSays(Health health) {
        assertThat(SiteProgress.hasAllUpToHardened(report(health, 0), SeedMark.NONE)).isFalse();
    }

    /** A faulty one stands where it is, with all that is before. */
    @ParameterizedTest
    @EnumSource(names = {"OK", "GAP", "FAULTED"})
    void shouldTakeAnImageForWhatItsPositionSays(Health health) {
        assertThat(SiteProgress.hasAllUpToHardened(report(health, 0), SeedMark.NONE)).isTrue();
    }

    /** What an import brings was never in the log. */
    @Test
    void shouldKnowThatAnImportTakesNothingAwayFromTheGuestsWrites() {
        assertThat(SiteProgress.hasAllUpToHardened(report(Health.SEEDING, 7), IMPORT)).isTrue();
        assertThat(SiteProgress.hasAllUpToHardened(report(Health.SEEDING, 6), IMPORT)).isFalse();
    }

    @Test
    void shouldSayThatASiteThatIsBeingSeededLacksEveryBlock() {
        sites.changed("disk@b", report(Health.SEEDING, 1));
        NodeImages images =
                new NodeImages(
                        new Images(),
                        new DirtyBlockIndex(),
                        sites,
                        (vvol, site) -> Optional.empty(),
                        new SeedNeeds("a", System::nanoTime),
                        Map.of());

        assertThat(images.lackedAt("disk", "b", 4096, 8192, 10).orElseThrow())
                .containsExactly(new LackedRange(4096, 8192));
    }
}
