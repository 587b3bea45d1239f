package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

class OwnerEpochFollowerTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports reports = new InMemoryReports();
    private final Set<String> moving = new HashSet<>();
    private final VolumeService volumes =
            new VolumeService(specs, new Sites(Set.of("a", "b"), reports), 4, () -> 1);
    private final VmService vms = new VmService(specs, reports, moving::contains);
    private final OwnerEpochFollower sealedAtHome =
            new OwnerEpochFollower(specs, vms, reports, moving::contains);

    @BeforeEach
    void create() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
        vms.create(new NewVm("shop", List.<@Nullable String>of("data")));
    }

    private void report(String site, int epoch, boolean isOpen) {
        Progress progress = InMemoryReports.report("data", site, epoch, isOpen, "a", 7);
        reports.put(progress);
        sealedAtHome.reported(progress);
        sealedAtHome.follow();
    }

    @Test
    void shouldGiveTheOwnerTheNextEpochOnce() {
        report("a", 1, true);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(1);
        report("a", 1, false);
        sealedAtHome.follow();
        report("a", 1, false);

        assertThat(volumes.require("data").getEpoch()).isEqualTo(2);
        assertThat(volumes.require("data").getOwner()).isEqualTo("a");
        assertThat(volumes.require("data").getPhase()).isEqualTo(Phase.OPEN);
    }

    @Test
    void shouldLeaveMigrationsAloneUntilTheyAreOver() {
        moving.add("shop");
        report("a", 1, false);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(1);

        moving.clear();
        sealedAtHome.follow();
        assertThat(volumes.require("data").getEpoch()).isEqualTo(2);
    }

    @Test
    void shouldWaitUntilNoVolumeOfTheVmIsWrittenElsewhere() {
        volumes.create(new NewVolume("log", 4096L, "a", null, null));
        vms.create(new NewVm("shop", List.<@Nullable String>of("data", "log")));
        reports.put(InMemoryReports.report("log", "a", 1, true, "a", 3));
        report("a", 1, false);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(1);

        Progress sealed = InMemoryReports.report("log", "a", 1, false, "a", 4);
        reports.put(sealed);
        sealedAtHome.reported(sealed);
        sealedAtHome.follow();

        assertThat(volumes.require("data").getEpoch()).isEqualTo(2);
        assertThat(volumes.require("log").getEpoch()).isEqualTo(2);
    }

    @Test
    void shouldNotHeedWhatOtherSitesReport() {
        report("b", 1, false);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(1);
    }

    @Test
    void shouldFollowAnEpochThatTheOwnersSiteHasOpenedByItself() {
        report("a", 3, true);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(3);
        report("a", 5, false);
        assertThat(volumes.require("data").getEpoch()).isEqualTo(6);
    }

    @Test
    void shouldNotFollowAnotherSitesEpoch() {
        Progress other = InMemoryReports.report("data", "a", 3, true, "b", 7);
        reports.put(other);
        sealedAtHome.reported(other);
        sealedAtHome.follow();

        assertThat(volumes.require("data").getEpoch()).isEqualTo(1);
    }

    @Test
    void shouldReopenAboveEveryEpochThatThereWas() {
        reports.put(InMemoryReports.report("data", "b", 7, true, "a", 7));

        assertThat(vms.reopen("data").getEpoch()).isEqualTo(8);
    }
}
