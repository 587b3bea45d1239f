package dev.farshore.coordinator.migration;

import static dev.farshore.coordinator.fake.InMemoryReports.report;
import static dev.farshore.coordinator.fake.InMemoryReports.with;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.Cancellation;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.volume.Sites;
import dev.farshore.coordinator.volume.VmService;
import dev.farshore.coordinator.volume.VolumeService;
import dev.farshore.process.http.RefusedException;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumePosition;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

class MigrationServiceTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports reports = new InMemoryReports();
    private final MigrationHistory history = new MigrationHistory();
    private final MigrationLog migrationLog = events -> events.forEach(history::replay);
    private final Sites sites = new Sites(Set.of("a", "b"), reports);
    private final VmService vms =
            new VmService(specs, reports, vm -> history.moving(vm).isPresent());
    private final MigrationService service =
            new MigrationService(history, migrationLog, vms, sites, reports, () -> 1, () -> {});
    private final MigrationDriver driver =
            new MigrationDriver(
                    history,
                    migrationLog,
                    specs,
                    reports,
                    (vvol, site, now) -> Optional.empty(),
                    new MigrationRules(MigrationLimits.DEFAULT),
                    (site, node) -> Optional.empty(),
                    System::nanoTime);

    @BeforeEach
    void start() {
        new VolumeService(specs, sites, 1, () -> 1)
                .create(new NewVolume("data", 4096L, "a", null, null));
        vms.create(new NewVm("shop", List.<@Nullable String>of("data")));
        service.start("shop", new NewMigration("b", null));
        history.replay(event(MigrationStep.CATCHING_UP, 0));
    }

    @Test
    void shouldCancelAMigrationThatHasChangedNothing() {
        assertThat(service.cancel("shop-1", new Cancellation(null))).isInstanceOf(Failed.class);

        driver.advance(2);
        assertThat(spec().getEpoch()).isEqualTo(1);
        assertThat(service.start("shop", new NewMigration("b", null)).plan().migration())
                .isEqualTo("shop-2");
    }

    @Test
    void shouldGiveTheSourceANewEpochWhenItWasToldToSeal() {
        history.replay(event(MigrationStep.SEALING, 7));
        driver.advance(2);
        assertThat(spec().getPhase()).isEqualTo(Phase.SEALED);

        assertThat(service.cancel("shop-1", new Cancellation(null))).isInstanceOf(RolledBack.class);

        driver.advance(2);
        assertThat(spec().getPhase()).isEqualTo(Phase.OPEN);
        assertThat(spec().getOwner()).isEqualTo("a");
        assertThat(spec().getEpoch()).isEqualTo(2);
    }

    @Test
    void shouldTakeAVmBackFromATargetThatMayHaveOpenedItOnlyByForce() {
        history.replay(event(MigrationStep.SEALING, 7));
        history.replay(event(MigrationStep.DRAINING, 9));
        history.replay(event(MigrationStep.OPENING, 9));
        driver.advance(2);
        assertThat(spec().getOwner()).isEqualTo("b");

        assertThatThrownBy(() -> service.cancel("shop-1", new Cancellation(null)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("force is needed");
        assertThat(history.moving("shop")).isPresent();

        service.cancel("shop-1", new Cancellation(true));
        driver.advance(2);
        assertThat(spec().getOwner()).isEqualTo("a");
        assertThat(spec().getEpoch()).as("above what the target may have opened").isEqualTo(3);
    }

    @Test
    void shouldRefuseToCancelWhatIsOver() {
        service.cancel("shop-1", new Cancellation(null));

        assertThatThrownBy(() -> service.cancel("shop-1", new Cancellation(true)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("is over");
        assertThatThrownBy(() -> service.cancel("shop-9", new Cancellation(true)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("no migration");
    }

    @Test
    void shouldSayWhoGivesTheEpochsWhileItCatchesUp() {
        assertThat(history.moving("shop")).isPresent();
        assertThat(history.handingOver("shop")).as("a site that seals itself goes on").isEmpty();

        history.replay(event(MigrationStep.SEALING, 7));
        assertThat(history.handingOver("shop")).isPresent();
    }

    private VolumeSpec spec() {
        return specs.find("data").orElseThrow();
    }

    private static MigrationEvent event(MigrationStep step, long seq) {
        return MigrationEvent.newBuilder()
                .setMigration("shop-1")
                .setVm("shop")
                .setFromSite("a")
                .setToSite("b")
                .setMode("drain")
                .setStep(step)
                .setAtMicros(2)
                .setVolumes(List.of(new VolumePosition("data", 1, seq, seq, seq)))
                .build();
    }

    @Test
    void shouldSayForHowLongTheGuestWaitedByWhatTheNodesTell() {
        history.replay(event(MigrationStep.SEALING, 7));
        history.replay(event(MigrationStep.DRAINING, 9));
        history.replay(event(MigrationStep.OPENING, 9));
        reports.put(
                with(report("data", "a", 1, false, "a", 9), Map.of("heldSinceMicros", 5_000_000L)));
        reports.put(report("data", "b", 2, true, "b", 10));
        driver.advance(90_000_000);
        assertThat(history.find("shop-1").orElseThrow()).isInstanceOf(Finished.class);
        assertThat(waited()).as("the target has not told").isEmpty();

        reports.put(
                with(
                        report("data", "b", 2, true, "b", 10),
                        Map.of("writableSinceMicros", 5_400_000L, "writableEpoch", 2)));
        driver.advance(91_000_000);
        assertThat(waited()).hasValue(Duration.ofMillis(400));
        assertThat(history.find("shop-1").orElseThrow()).isInstanceOf(Finished.class);
        assertThat(driver.advance(92_000_000)).as("said once").isFalse();
    }

    @Test
    void shouldSayForHowLongTheGuestWaitedForNothing() {
        history.replay(event(MigrationStep.SEALING, 7));
        service.cancel("shop-1", new Cancellation(null));
        reports.put(
                with(
                        report("data", "a", 2, true, "a", 9),
                        Map.of(
                                "heldSinceMicros", 5_000_000L,
                                "writableSinceMicros", 15_000_000L,
                                "writableEpoch", 2)));
        driver.advance(90_000_000);

        assertThat(waited()).hasValue(Duration.ofSeconds(10));
        assertThat(history.find("shop-1").orElseThrow()).isInstanceOf(RolledBack.class);
    }

    private Optional<Duration> waited() {
        return history.find("shop-1").orElseThrow().timeline().waited();
    }
}
