package dev.farshore.coordinator.report;

import static dev.farshore.coordinator.fake.InMemoryReports.report;
import static dev.farshore.coordinator.fake.InMemoryReports.with;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.lag.LagState;
import dev.farshore.coordinator.lag.LagView;
import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.UnservedVolume;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class VolumeReportsTest {
    private static final long SECOND = 1_000_000;

    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports images = new InMemoryReports();
    private final Sites sites = new Sites(Set.of("a", "b"), images);
    private final Map<String, Lag> lags = new HashMap<>();
    private final Map<String, Clocks.Skew> skews = new HashMap<>();
    private @Nullable Lag unpublished = new Lag(3, 512, SECOND);
    private final LagView lagView =
            new LagView() {
                @Override
                public Optional<Lag> lag(String vvol, String site, long nowMicros) {
                    return Optional.ofNullable(lags.get(site));
                }

                @Override
                public Optional<Lag> unpublished(String vvol, String site, long nowMicros) {
                    return Optional.ofNullable(unpublished);
                }
            };
    private final List<ClockReading> readings = new ArrayList<>();
    private final VolumeReports reports =
            new VolumeReports(
                    images,
                    sites,
                    lagView,
                    new MigrationHistory(),
                    () -> 1_000 * SECOND,
                    (spec, site) -> Optional.empty(),
                    new ClockReports(
                            (site, node) -> Optional.ofNullable(skews.get(site + "/" + node)),
                            () -> readings),
                    (vvol, site) -> LagState.SLOW);

    @BeforeEach
    void create() {
        new VolumeService(specs, sites, 1, () -> 1)
                .create(new NewVolume("data", 4096L, "a", null, null));
        images.put(report("data", "a", 1, true, "a", 7));
    }

    @Test
    void shouldShowASiteOfWhichNothingIsKnownWithoutNumbers() {
        lags.put("a", Lag.NONE);

        assertThat(lagAt("b").events()).isNull();
        assertThat(lagAt("b").seconds()).isNull();
        assertThat(lagAt("b").isNone()).isFalse();
        assertThat(lagAt("a").isNone()).isTrue();
    }

    @Test
    void shouldSayWhyAVolumeWasNeverOpened() {
        new VolumeService(specs, sites, 1, () -> 1)
                .create(new NewVolume("wal", 4096L, "a", null, null));
        UnservedVolume full = new UnservedVolume("wal", "no room for journal");
        readings.add(reading("a", "a-1", full));
        readings.add(reading("b", "b-1", new UnservedVolume("wal", "of before a hand-over")));
        readings.add(reading("a", "a-2", new UnservedVolume("other", "x")));

        assertThat(reports.of(specs.find("wal").orElseThrow()).notServed())
                .extracting(VolumeReport.NotServed::node, VolumeReport.NotServed::reason)
                .containsExactly(tuple("a-1", "no room for journal"));
        assertThat(reports.lags(List.of(specs.find("wal").orElseThrow())))
                .extracting(LagReport::site, LagReport::reason)
                .containsExactly(tuple("a", "no room for journal"), tuple("b", ""));
    }

    private static ClockReading reading(String site, String node, UnservedVolume unserved) {
        return new ClockReading(
                site,
                node,
                0L,
                0L,
                0L,
                List.of(),
                "",
                "",
                "",
                0L,
                List.of(unserved),
                0L,
                "",
                List.of(),
                List.of(),
                List.of());
    }

    @Test
    void shouldShowWhatTheOwnerHasThatIsNotInTheLog() {
        assertThat(lagAt("a").unpublished()).isEqualTo(new LagReport.Unpublished(3, 512, 1));
        assertThat(lagAt("b").unpublished()).isNull();
    }

    @Test
    void shouldSayForHowLongANodeHasBeenSilent() {
        skews.put("a/a-1", new Clocks.Skew(5 * SECOND, 1, 985 * SECOND));
        assertThat(lagAt("a").silentSeconds()).as("heard of 20 s ago").isNull();

        skews.put("a/a-1", new Clocks.Skew(5 * SECOND, 1, 505 * SECOND));
        assertThat(lagAt("a").silentSeconds()).isEqualTo(500);
    }

    @Test
    void shouldTakeForTheRpoTheOldestWriteThatASiteLacks() {
        images.put(report("data", "b", 1, true, "a", 7));
        lags.put("a", Lag.NONE);
        lags.put("b", Lag.NONE);
        assertThat(lagAt("b").rpoSeconds()).as("it lacks what is not in the log").isEqualTo(1);
        assertThat(lagAt("a").rpoSeconds()).as("at the owner's site").isNull();

        lags.put("b", new Lag(1, 512, 7 * SECOND));
        assertThat(lagAt("b").rpoSeconds()).isEqualTo(7);

        skews.put("a/a-1", new Clocks.Skew(0, 1, 950 * SECOND));
        assertThat(lagAt("b").rpoSeconds())
                .as("an owner silent for 50 s may have acknowledged anything since")
                .isEqualTo(50);

        unpublished = null;
        assertThat(lagAt("b").rpoSeconds()).as("nobody knows what the owner has").isNull();
    }

    @Test
    void shouldTellNoRpoOfAnImageThatCannotBeUsed() {
        lags.put("b", Lag.NONE);
        assertThat(lagAt("b").rpoSeconds()).as("no image").isNull();
        for (Health health : Health.values()) {
            images.put(with(report("data", "b", 1, true, "a", 7), health, "why", 0, true));
            assertThat(lagAt("b").rpoSeconds() != null)
                    .as("%s", health)
                    .isEqualTo(health == Health.OK || health == Health.GAP);
        }
    }

    private LagReport lagAt(String site) {
        return reports.lags(specs.all()).stream()
                .filter(lag -> lag.site().equals(site))
                .findFirst()
                .orElseThrow();
    }
}
