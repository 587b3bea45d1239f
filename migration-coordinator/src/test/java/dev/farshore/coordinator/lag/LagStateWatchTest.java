package dev.farshore.coordinator.lag;

import static dev.farshore.coordinator.fake.InMemoryReports.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.VolumeService;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class LagStateWatchTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports images = new InMemoryReports();
    private final Sites sites = new Sites(Set.of("a", "b"), images);
    private final LagTracker lags = new LagTracker(images, (site, node) -> Optional.empty());
    private final Set<String> gone = new HashSet<>();
    private boolean isReady = true;
    private boolean isDeleted;
    private long nanos;
    private final LagStateWatch watch =
            new LagStateWatch(
                    () -> isDeleted ? List.of() : specs.all(),
                    sites::known,
                    images,
                    lags,
                    (site, node) -> gone.contains(site + "/" + node),
                    () -> isReady,
                    () -> nanos);

    @BeforeEach
    void create() {
        lags.caughtUp();
        new VolumeService(specs, sites, 1, () -> 1)
                .create(new NewVolume("data", 4096L, "a", null, null));
        images.put(report("data", "a", 1, true, "a", 7));
        images.put(report("data", "b", 1, true, "a", 3));
    }

    @Test
    void shouldJudgeEachSiteByItself() {
        assertThat(watch.of("data", "a")).isEqualTo(LagState.UNKNOWN);

        lookForAWindow();

        assertThat(watch.of("data", "a")).isEqualTo(LagState.OK);
        assertThat(watch.of("data", "b")).isEqualTo(LagState.STALLED);
        assertThat(watch.of("ghost", "b")).isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldSayStoppedOfTheNodeThatKeepsTheImage() {
        gone.add("b/b-2");
        look();
        assertThat(watch.of("data", "b")).as("another node").isEqualTo(LagState.UNKNOWN);

        gone.add("b/b-1");
        look();
        assertThat(watch.of("data", "b")).isEqualTo(LagState.STOPPED);
        assertThat(watch.of("data", "a")).isEqualTo(LagState.OK);
    }

    @Test
    void shouldKnowNothingWhileTheCoordinatorIsCutOff() {
        lookForAWindow();
        gone.add("b/b-1");
        isReady = false;
        look();

        assertThat(watch.of("data", "a")).isEqualTo(LagState.UNKNOWN);
        assertThat(watch.of("data", "b"))
                .as("its silence may be our own")
                .isEqualTo(LagState.UNKNOWN);
    }

    @Test
    void shouldForgetAVolumeThatIsGone() {
        lookForAWindow();
        isDeleted = true;
        look();
        assertThat(watch.of("data", "a")).isEqualTo(LagState.UNKNOWN);
    }

    private void lookForAWindow() {
        for (long looks = 0;
                looks <= LagStateWatch.WINDOW.dividedBy(LagStateWatch.INTERVAL);
                looks++) {
            look();
        }
    }

    private void look() {
        nanos += LagStateWatch.INTERVAL.toNanos();
        watch.look();
    }
}
