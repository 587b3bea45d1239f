package dev.farshore.coordinator.volume;

import static dev.farshore.coordinator.fake.InMemoryReports.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.coordinator.volume.SiteRemoval.Said;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.topic.Topics;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class SiteForgettingTest {
    private static final long SECOND = 1_000_000;
    private static final long NOW = 3_600 * SECOND;

    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports images = new InMemoryReports();
    private final List<ClockReading> readings = new ArrayList<>();
    private final Set<String> movingTo = new HashSet<>();
    private final List<Said> removed = new ArrayList<>();
    private final Sites sites = new Sites(Set.of("a"), images);
    private long skewMicros;
    private final SiteForgetting forgetting =
            new SiteForgetting(
                    sites,
                    specs,
                    new VmService(specs, images, vm -> false),
                    images,
                    () -> readings,
                    (site, node) -> skewOf(site, node),
                    movingTo::contains,
                    this::remove,
                    () -> NOW);

    @BeforeEach
    void start() {
        images.put(report("data", "a", 1, true, "a", 5));
        images.put(report("data", "b", 1, true, "a", 5));
        images.put(report("data", "mistyped", 1, true, "a", 5));
        new VolumeService(specs, sites, 8, () -> 1)
                .create(new NewVolume("data", 4096L, "a", null, null));
        readings.add(reading("b", NOW - SECOND, "p1"));
        readings.add(reading("mistyped", NOW - 60 * SECOND, "p2"));
    }

    @Test
    void shouldForgetASiteOfAMistypedName() {
        int partition = specs.find("data").orElseThrow().getPartition();

        assertThat(forgetting.forget("mistyped").volumes()).containsExactly("data");

        assertThat(removed)
                .containsExactlyInAnyOrder(
                        new Said(Topics.PROGRESS, partition, "data@mistyped"),
                        new Said(Topics.CLOCKS, 0, "mistyped/mistyped-1"));
        assertThat(sites.known()).containsExactly("a", "b");
    }

    @Test
    void shouldKnowASiteAgainThatReports() {
        forgetting.forget("mistyped");
        images.put(report("data", "mistyped", 1, true, "a", 5));

        assertThat(sites.known()).containsExactly("a", "b", "mistyped");
    }

    @Test
    void shouldNotForgetASiteWhoseNodeWasHeardOfLately() {
        assertRefused("b", "node 'b-1' of site 'b' was heard of 1 s ago");

        skewMicros = -30 * SECOND; // its clock is behind: it said so 30 s later than it believes
        assertRefused("mistyped", "was heard of 30 s ago");

        readings.add(reading("mistyped", NOW - SECOND, "another"));
        assertRefused("mistyped", "heard of");
        assertThat(removed).isEmpty();
    }

    @Test
    void shouldNotForgetANodeThatHasJustStarted() {
        readings.add(unmeasured("mistyped", "p3"));

        assertRefused("mistyped", "not known yet");
    }

    @Test
    void shouldForgetASiteAtOnceWhoseNodesSaidThatTheyStop() {
        readings.clear();
        readings.add(unmeasured("mistyped", ""));

        assertThat(forgetting.forget("mistyped").nodes()).containsExactly("mistyped-1");
    }

    @Test
    void shouldNotForgetASiteThatReportedLatelyAndHasNoClock() {
        readings.clear();
        images.put(
                InMemoryReports.with(
                        report("data", "mistyped", 1, true, "a", 5),
                        Map.of("reportedMicros", NOW - 5 * SECOND)));

        assertRefused("mistyped", "has reported 5 s ago");
    }

    @Test
    void shouldNotForgetASiteThatIsNeeded() {
        assertRefused("a", "configuration");

        movingTo.add("mistyped");
        assertRefused("mistyped", "is being moved to site 'mistyped'");
        movingTo.clear();

        specs.put(List.of(SpecChanges.opened(specs.find("data").orElseThrow(), "mistyped", 2)));
        assertRefused("mistyped", "is the owner of volume 'data'");

        specs.put(List.of(SpecChanges.deleted(specs.find("data").orElseThrow(), 7)));
        assertRefused("mistyped", "was the owner of volume 'data' when that was deleted");
        assertThat(removed).isEmpty();
    }

    @Test
    void shouldSayThatItKnowsNoSuchSite() {
        assertRefused("elsewhere", "site 'elsewhere' has said nothing");
        assertRefused("", "has said nothing");
    }

    private void assertRefused(String site, String why) {
        assertThatThrownBy(() -> forgetting.forget(site))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(why);
    }

    private void remove(List<Said> said) {
        removed.addAll(said);
        said.stream()
                .filter(each -> each.topic().equals(Topics.PROGRESS))
                .map(each -> each.key().split("@"))
                .forEach(key -> images.remove(key[0], key[1]));
    }

    private Optional<Clocks.Skew> skewOf(String site, String node) {
        return readings.stream()
                .filter(each -> each.getSite().equals(site) && each.getNode().equals(node))
                .reduce((first, second) -> second)
                .filter(each -> each.getErrorMicros() != Long.MAX_VALUE)
                .map(each -> new Clocks.Skew(skewMicros, 0, each.getReadMicros()));
    }

    private static ClockReading reading(String site, long readMicros, String process) {
        return reading(site, readMicros, 1, process);
    }

    private static ClockReading unmeasured(String site, String process) {
        return reading(site, 0, Long.MAX_VALUE, process);
    }

    private static ClockReading reading(
            String site, long readMicros, long errorMicros, String process) {
        return new ClockReading(
                site,
                site + "-1",
                readMicros,
                0L,
                errorMicros,
                List.of(),
                process,
                "host",
                "/data",
                0L,
                List.of(),
                0L,
                "",
                List.of(),
                List.of(),
                List.of());
    }
}
