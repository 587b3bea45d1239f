package dev.farshore.coordinator.migration;

import static dev.farshore.coordinator.fake.InMemoryReports.report;
import static dev.farshore.coordinator.fake.InMemoryReports.stoppedByGap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.lag.Lag;
import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Draining;
import dev.farshore.coordinator.migration.MigrationMachine.Failed;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Sealing;
import dev.farshore.coordinator.migration.Observation.VolumeObservation;
import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

class MigrationRulesTest {
    private static final long SECOND = 1_000_000;
    private static final int EPOCH = 3;

    private final MigrationRules rules =
            new MigrationRules(
                    new MigrationLimits(
                            1_000,
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(5),
                            Duration.ofSeconds(10)));
    private final SortedMap<String, VolumeObservation> seen = new TreeMap<>();

    @Test
    void shouldCatchUpFirst() {
        observe("data", running(100), behind(90), new Lag(10, 5_000, 0));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(started(), at(0))).get().isInstanceOf(CatchingUp.class);
    }

    @Test
    void shouldNotSealWhileOneVolumeLags() {
        observe("data", running(100), behind(90), new Lag(10, 1_000, 0));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
        assertThat(rules.waitingFor(catchingUp(), at(1)))
                .hasValue("volume data lags by 1000 bytes and 0.0 s at site b");
    }

    @Test
    void shouldNotSealWhileTheLagIsOld() {
        observe("data", running(100), behind(99), new Lag(1, 1, SECOND));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
    }

    @Test
    void shouldNotSealWhileTheLagIsUnknown() {
        observe("data", running(100), behind(100), null);
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
    }

    @Test
    void shouldNotSealWhatTheSourceHasNotOpened() {
        observe("data", report("data", "a", EPOCH - 1, false, "b", 100), behind(100), Lag.NONE);
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
    }

    @Test
    void shouldSealOnceEveryVolumeIsNearlyThere() {
        observe("data", running(100), behind(99), new Lag(1, 999, SECOND - 1));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).get().isInstanceOf(Sealing.class);
    }

    @Test
    void shouldFailWithTheReasonWhenCatchingUpTakesTooLong() {
        observe("data", running(100), behind(90), new Lag(10, 5_000, 0));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(59))).isEmpty();
        assertThat(rules.next(catchingUp(), at(60)))
                .get()
                .isInstanceOf(Failed.class)
                .satisfies(
                        failed ->
                                assertThat(failed.timeline().last().reason())
                                        .contains("after 60.0 s", "volume data", "5000 bytes"));
    }

    @Test
    void shouldFailAtOnceWhenTheTargetHasStopped() {
        Progress stopped = stoppedByGap(behind(90), "expected 91, found 93");
        observe("data", running(100), stopped, new Lag(10, 5_000, 0));
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1)))
                .get()
                .isInstanceOf(Failed.class)
                .satisfies(
                        failed ->
                                assertThat(failed.timeline().last().reason())
                                        .contains("site b", "expected 91, found 93"));
    }

    @Test
    void shouldDrainToTheSealsOfAllVolumes() {
        observe("data", sealed("a", 101), behind(99), Lag.NONE);
        observe("root", running(50), behind(50), Lag.NONE);
        assertThat(rules.next(sealing(), at(1))).isEmpty();

        observe("root", sealed("a", 51), behind(50), Lag.NONE);
        assertThat(rules.next(sealing(), at(2)))
                .get()
                .isInstanceOf(Draining.class)
                .satisfies(
                        draining ->
                                assertThat(((Draining) draining).seals())
                                        .extractingByKeys("data", "root")
                                        .extracting(StepPosition::seq)
                                        .containsExactly(101L, 51L));
    }

    @Test
    void shouldRollBackWhenTheSourceDoesNotSeal() {
        observe("data", sealed("a", 101), behind(99), Lag.NONE);
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(sealing(), at(4))).isEmpty();
        assertThat(rules.next(sealing(), at(5))).get().isInstanceOf(RolledBack.class);
    }

    @Test
    void shouldNotRollBackWhatWasReachedLate() {
        observe("data", sealed("a", 101), behind(99), Lag.NONE);
        observe("root", sealed("a", 51), behind(50), Lag.NONE);

        assertThat(rules.next(sealing(), at(500))).get().isInstanceOf(Draining.class);
    }

    @Test
    void shouldNotOpenWhileASealIsAppliedButNotHardened() {
        observe(
                "data",
                sealed("a", 101),
                report("data", "b", EPOCH, false, "a", 101, 100),
                Lag.NONE);
        observe("root", sealed("a", 51), sealed("b", 51), Lag.NONE);

        assertThat(rules.next(draining(), at(1))).isEmpty();
        assertThat(rules.next(draining(), at(10))).get().isInstanceOf(RolledBack.class);
    }

    @Test
    void shouldOpenOnceEverySealIsHardened() {
        observe("data", sealed("a", 101), sealed("b", 101), Lag.NONE);
        observe("root", sealed("a", 51), sealed("b", 51), Lag.NONE);

        assertThat(rules.next(draining(), at(1))).get().isInstanceOf(Opening.class);
    }

    @Test
    void shouldRefuseToOpenBeforeTheSealIsHardened_CutoverLosesNoWrite() {
        SortedMap<String, StepPosition> hardened = positions(101, 50);

        assertThatThrownBy(() -> draining().toOpening(1, hardened))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CutoverLosesNoWrite")
                .hasMessageContaining("root is sealed at seq 51, site b has hardened 50");
    }

    @Test
    void shouldOnlyGoForwardOnceTheTargetMayOpen() {
        observe("data", sealed("a", 101), report("data", "b", EPOCH + 1, true, "b", 102), Lag.NONE);
        observe("root", sealed("a", 51), sealed("b", 51), Lag.NONE);
        assertThat(rules.next(opening(), at(100_000))).isEmpty();

        observe("root", sealed("a", 51), report("root", "b", EPOCH + 1, true, "b", 52), Lag.NONE);
        assertThat(rules.next(opening(), at(100_001))).get().isInstanceOf(Finished.class);
    }

    @Test
    void shouldNotSealWhileTheSourceHasMuchThatIsNotInTheLog() {
        observe("root", running(50), behind(50), Lag.NONE);
        observe("data", running(100), behind(100), Lag.NONE, new Lag(10, 1_000, 0), null);
        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
        assertThat(rules.waitingFor(catchingUp(), at(1)))
                .get()
                .asString()
                .contains("volume data", "1000 bytes", "not in the log yet");

        observe("data", running(100), behind(100), Lag.NONE, new Lag(1, 1, SECOND), null);
        assertThat(rules.next(catchingUp(), at(1))).as("for long").isEmpty();

        observe("data", running(100), behind(100), Lag.NONE, new Lag(10, 999, 1), null);
        assertThat(rules.next(catchingUp(), at(1))).get().isInstanceOf(Sealing.class);
    }

    @Test
    void shouldNotSealAVolumeThatIsBeingImported() {
        VolumeSpec spec = sealedSpec("data", EPOCH);
        VolumeSpec importing =
                VolumeSpec.newBuilder()
                        .setVvol("data")
                        .setSizeBytes(4096)
                        .setPartition(0)
                        .setOwner("a")
                        .setEpoch(EPOCH)
                        .setPhase(Phase.OPEN)
                        .setDurability(spec.getDurability())
                        .setCreatedMicros(0)
                        .setSeedId(7)
                        .setImportPath("/disks/old.img")
                        .build();
        observe("data", running(100), behind(100), Lag.NONE, null, importing);
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).isEmpty();
    }

    @Test
    void shouldNotSealWhatTheTargetCannotApplyHoweverLittleItLags() {
        observe("data", running(100), stoppedByGap(behind(100), "no room"), Lag.NONE);
        observe("root", running(50), behind(50), Lag.NONE);

        assertThat(rules.next(catchingUp(), at(1))).get().isInstanceOf(Failed.class);
    }

    @Test
    void shouldSealTheEpochThatTheSourceHasOpenWhoeverRaisedIt() {
        observe("data", report("data", "a", EPOCH + 2, true, "a", 100), behind(99), Lag.NONE);
        observe("root", running(50), behind(50), Lag.NONE);

        MigrationMachine sealing = rules.next(catchingUp(), at(1)).orElseThrow();

        assertThat(sealing).isInstanceOf(Sealing.class);
        assertThat(sealing.plan().sourceEpoch("data")).isEqualTo(EPOCH + 2);
        assertThat(sealing.plan().sourceEpoch("root")).isEqualTo(EPOCH);
        assertThat(
                        MigrationEvents.replay(catchingUp(), MigrationEvents.lastStepOf(sealing))
                                .orElseThrow()
                                .plan())
                .as("after a restart")
                .isEqualTo(sealing.plan());
    }

    @Test
    void shouldRollBackAtOnceWhenTheSourceHasGoneOnByItself() {
        observe("data", sealed("a", 101), sealed("b", 101), Lag.NONE);
        observe("root", report("root", "a", EPOCH + 1, true, "a", 52), sealed("b", 51), Lag.NONE);

        for (MigrationMachine state : List.of(sealing(), draining())) {
            assertThat(rules.next(state, at(1)))
                    .get()
                    .isInstanceOf(RolledBack.class)
                    .satisfies(
                            over ->
                                    assertThat(over.timeline().last().reason())
                                            .contains("site a", "volume root", "by itself"));
        }
        assertThat(rules.next(opening(), at(1)))
                .as("the target may be opening volume data at this moment")
                .isEmpty();

        observe("data", report("data", "a", EPOCH + 1, true, "a", 102), sealed("b", 101), Lag.NONE);
        assertThat(rules.next(opening(), at(1)))
                .get()
                .isInstanceOf(RolledBack.class)
                .satisfies(back -> assertThat(back.raisedEpoch("data")).isEqualTo(EPOCH + 2));
    }

    @Test
    void shouldRollBackWhenAnotherCoordinatorGaveTheSourceAnEpoch() {
        observe("data", sealed("a", 101), sealed("b", 101), Lag.NONE);
        observe(
                "root",
                sealed("a", 51),
                sealed("b", 51),
                Lag.NONE,
                null,
                SpecChanges.opened(sealedSpec("root", EPOCH), "a", EPOCH + 1));

        assertThat(rules.next(draining(), at(1))).get().isInstanceOf(RolledBack.class);
    }

    @Test
    void shouldNotOpenBeforeTheOrderToSealCounts() {
        observe("data", sealed("a", 101), sealed("b", 101), Lag.NONE);
        observe(
                "root",
                sealed("a", 51),
                sealed("b", 51),
                Lag.NONE,
                null,
                SpecChanges.opened(sealedSpec("root", EPOCH), "a", EPOCH));

        assertThat(rules.next(draining(), at(1))).isEmpty();
    }

    @Test
    void shouldFinishWhenTheTargetsEpochIsSealedBeforeItWasSeenOpen() {
        observe(
                "data",
                sealed("a", 101),
                report("data", "b", EPOCH + 1, false, "b", 103),
                Lag.NONE);
        observe("root", sealed("a", 51), report("root", "b", EPOCH + 2, true, "b", 54), Lag.NONE);

        assertThat(rules.next(opening(), at(1))).get().isInstanceOf(Finished.class);
    }

    @Test
    void shouldNotGoBackByItselfOnceTheTargetHasOpenedSomething() {
        observe("data", sealed("a", 101), report("data", "b", EPOCH + 1, true, "b", 102), Lag.NONE);
        observe("root", report("root", "a", EPOCH + 1, true, "a", 52), sealed("b", 51), Lag.NONE);

        assertThat(rules.next(opening(), at(1))).isEmpty();
        assertThat(rules.waitingFor(opening(), at(1)))
                .get()
                .asString()
                .contains(
                        "volume root", "site a has opened a new epoch itself", "--cancel --force");
    }

    @Test
    void shouldGiveTheSourceAnEpochAboveWhatTheTargetOpenedByItselfBeforeItWasTakenBack() {
        RolledBack takenBack = opening().toTakenBack(0, positions(101, 51), "by an operator");
        VolumeSpec given =
                SpecChanges.opened(sealedSpec("data", EPOCH), "a", takenBack.raisedEpoch("data"));
        Progress overtaken = report("data", "a", EPOCH + 2, true, "b", 110);

        assertThat(WantedSpecs.overtaken(takenBack, only(given), only(overtaken)))
                .singleElement()
                .satisfies(
                        spec -> {
                            assertThat(spec.getOwner()).isEqualTo("a");
                            assertThat(spec.getPhase()).isEqualTo(Phase.OPEN);
                            assertThat(spec.getEpoch()).isEqualTo(EPOCH + 3);
                        });
        assertThat(
                        WantedSpecs.overtaken(
                                takenBack,
                                only(SpecChanges.opened(given, "a", EPOCH + 3)),
                                only(overtaken)))
                .as("once that is written")
                .isEmpty();
        assertThat(
                        WantedSpecs.overtaken(
                                takenBack,
                                only(given),
                                only(report("data", "a", EPOCH + 2, true, "a", 110))))
                .as("what the source opened itself")
                .isEmpty();
        assertThat(
                        WantedSpecs.overtaken(
                                takenBack,
                                only(SpecChanges.sealed(given, EPOCH + 2)),
                                only(overtaken)))
                .as("of the next hand-over")
                .isEmpty();
    }

    @Test
    void shouldLeaveTheTargetsEpochsAloneUnlessTheVmWasTakenBack() {
        RolledBack rolledBack = draining().toRolledBack(0, positions(101, 51), "too late");
        VolumeSpec given = SpecChanges.opened(sealedSpec("data", EPOCH), "a", EPOCH + 1);

        assertThat(
                        WantedSpecs.overtaken(
                                rolledBack,
                                only(given),
                                only(report("data", "a", EPOCH + 2, true, "b", 110))))
                .as("only an operator may take back what the target acknowledged")
                .isEmpty();
    }

    @Test
    void shouldTellDowntimeFromHoldingWritesToTheLastVolumeOpen() {
        MigrationMachine finished = opening().toFinished(9 * SECOND, positions(102, 52));

        assertThat(finished.timeline().between(MigrationStep.SEALING, MigrationStep.FINISHED))
                .hasValue(Duration.ofSeconds(9));
    }

    @Test
    void shouldNeverLetTimeRunBackwards() {
        CatchingUp early = started().toCatchingUp(-5, positions(0, 0));

        assertThat(early.timeline().between(MigrationStep.STARTED, MigrationStep.CATCHING_UP))
                .hasValue(Duration.ZERO);
    }

    private void observe(
            String vvol, Progress source, @Nullable Progress target, @Nullable Lag targetLag) {
        observe(vvol, source, target, targetLag, null, sealedSpec(vvol, EPOCH));
    }

    private void observe(
            String vvol,
            Progress source,
            @Nullable Progress target,
            @Nullable Lag targetLag,
            @Nullable Lag unpublished,
            @Nullable VolumeSpec spec) {
        seen.put(vvol, new VolumeObservation(source, target, targetLag, unpublished, spec));
    }

    private static VolumeSpec sealedSpec(String vvol, int epoch) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm("shop")
                .setSizeBytes(4096)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(epoch)
                .setPhase(Phase.SEALED)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .build();
    }

    private static <V> Function<String, @Nullable V> only(V ofData) {
        return vvol -> vvol.equals("data") ? ofData : null;
    }

    private Observation at(long seconds) {
        return new Observation(seconds * SECOND, Duration.ofSeconds(seconds), seen);
    }

    private static Progress running(long seq) {
        return report("any", "a", EPOCH, true, "a", seq);
    }

    private static Progress behind(long seq) {
        return report("any", "b", EPOCH, true, "a", seq);
    }

    private static Progress sealed(String site, long seq) {
        return report("any", site, EPOCH, false, "a", seq);
    }

    private static MigrationMachine.Started started() {
        SortedMap<String, Integer> epochs = new TreeMap<>();
        List.of("data", "root").forEach(vvol -> epochs.put(vvol, EPOCH));
        return MigrationMachine.start(
                new MigrationPlan("shop-1", "shop", "a", "b", MigrationMode.DRAIN, epochs),
                0,
                positions(0, 0));
    }

    private static CatchingUp catchingUp() {
        return started().toCatchingUp(0, positions(0, 0));
    }

    private static Sealing sealing() {
        return catchingUp().toSealing(0, positions(99, 50));
    }

    private static Draining draining() {
        return sealing().toDraining(0, positions(101, 51));
    }

    private static Opening opening() {
        return draining().toOpening(0, positions(101, 51));
    }

    private static SortedMap<String, StepPosition> positions(long data, long root) {
        SortedMap<String, StepPosition> positions = new TreeMap<>();
        positions.put("data", new StepPosition(EPOCH, data, data, data));
        positions.put("root", new StepPosition(EPOCH, root, root, root));
        return positions;
    }
}
