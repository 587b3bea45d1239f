package dev.farshore.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.image.ImagePosition;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.SeedMark;

import org.junit.jupiter.api.Test;

import java.time.Duration;

class SeedNeedsTest {
    private static final long OWN_SEQ = 100;

    private long nowNanos;
    private final SeedNeeds needs = new SeedNeeds("a", () -> nowNanos);

    @Test
    void shouldNameASiteThatNeedsASeedAtOnce() {
        report("b", Health.NEEDS_SEED, 10, 50);

        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ))
                .hasValue("site b: something is missing");
        assertThat(needs.siteInNeed("other", SeedMark.NONE, OWN_SEQ)).isEmpty();
    }

    @Test
    void shouldNameASiteWhoseGapStays() {
        report("b", Health.GAP, 10, 50);
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isEmpty();

        pass(SeedNeeds.GAP_STAYS_AFTER.minusMillis(1));
        report("b", Health.GAP, 10, 70);
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isPresent();
    }

    @Test
    void shouldWaitForTheOwnerWhereItsOwnImageLacksTheEventToo() {
        report("b", Health.GAP, 10, 50);
        pass(SeedNeeds.GAP_STAYS_AFTER);

        assertThat(needs.siteInNeed("vol", SeedMark.NONE, 10)).isEmpty();
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, -1)).isEmpty();
    }

    @Test
    void shouldCountAnewAtAnotherGap() {
        report("b", Health.GAP, 10, 50);
        pass(SeedNeeds.GAP_STAYS_AFTER);
        report("b", Health.GAP, 20, 60);

        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isEmpty();
    }

    /** Kafka's data was put back from an older copy: it would wait for that seed for ever. */
    @Test
    void shouldNotCountASeedThatTheLogHasLost() {
        SeedMark seed = new SeedMark(1, false, 900, 95, true, false);
        report("b", Health.NEEDS_SEED, 10, 50);
        assertThat(needs.siteInNeed("vol", seed, OWN_SEQ)).isEmpty();

        ImagePosition own = new ImagePosition(LogCursor.START, 60, 512, seed, 0);
        assertThat(needs.siteInNeed("vol", NodeImages.inThisLog(seed, own), OWN_SEQ)).isPresent();
    }

    @Test
    void shouldForgetASiteThatIsWholeOrGone() {
        report("b", Health.NEEDS_SEED, 10, 50);
        report("b", Health.OK, 11, 51);
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isEmpty();

        report("b", Health.NEEDS_SEED, 10, 50);
        needs.changed("vol@b", null);
        assertThat(needs.siteInNeed("vol", SeedMark.NONE, OWN_SEQ)).isEmpty();
    }

    private void pass(Duration time) {
        nowNanos += time.toNanos();
    }

    private void report(String site, Health health, long seq, long seenOffset) {
        needs.changed(
                "vol@" + site,
                Progress.newBuilder()
                        .setVvol("vol")
                        .setSite(site)
                        .setNode(site + "-1")
                        .setEpoch(1)
                        .setOpen(true)
                        .setAppliedSeq(seq)
                        .setHardenedSeq(seq)
                        .setHardenedVmSeq(seq)
                        .setHardenedTotalBytes(0)
                        .setHardenedWritesOffset(seq)
                        .setHealth(health)
                        .setReason("something is missing")
                        .setReportedMicros(0)
                        .setSeenWritesOffset(seenOffset)
                        .build());
    }
}
