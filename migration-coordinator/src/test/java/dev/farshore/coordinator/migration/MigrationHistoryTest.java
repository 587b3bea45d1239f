package dev.farshore.coordinator.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.migration.MigrationMachine.CatchingUp;
import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.Opening;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.VolumePosition;

import org.junit.jupiter.api.Test;

import java.util.List;

class MigrationHistoryTest {
    private final MigrationHistory history = new MigrationHistory();

    @Test
    void shouldBeAfterARestartWhatItWasBefore() {
        List<MigrationEvent> topic =
                List.of(
                        event("shop-1", MigrationStep.STARTED, 10, 1, 0),
                        event("shop-1", MigrationStep.CATCHING_UP, 20, 1, 5),
                        event("shop-1", MigrationStep.SEALING, 30, 1, 7),
                        event("shop-1", MigrationStep.DRAINING, 40, 1, 9),
                        event("shop-1", MigrationStep.OPENING, 50, 1, 9));

        topic.forEach(history::replay);

        assertThat(history.underway()).singleElement().isInstanceOf(Opening.class);
        MigrationMachine machine = history.find("shop-1").orElseThrow();
        assertThat(machine.timeline().entries())
                .extracting(Timeline.Entry::atMicros)
                .containsExactly(10L, 20L, 30L, 40L, 50L);
        assertThat(machine.plan().sourceEpoch("data")).isEqualTo(1);
        assertThat(MigrationEvents.lastStepOf(machine)).isEqualTo(topic.getLast());
    }

    @Test
    void shouldCountTheFirstOfTwoStartsAtOnce() {
        assertThat(history.replay(event("shop-1", MigrationStep.STARTED, 1, 1, 0))).isTrue();
        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 2, 1, 0))).isFalse();

        assertThat(history.all()).singleElement().isInstanceOf(Started.class);
    }

    @Test
    void shouldIgnoreAStepOfACoordinatorThatWasReplaced() {
        toOpening("shop-1", 1);

        assertThat(history.replay(event("shop-1", MigrationStep.ROLLED_BACK, 60, 1, 9))).isFalse();
        assertThat(history.underway()).singleElement().isInstanceOf(Opening.class);
    }

    @Test
    void shouldIgnoreAnOpeningBeforeTheSealIsHardened() {
        history.replay(event("shop-1", MigrationStep.STARTED, 10, 1, 0));
        history.replay(event("shop-1", MigrationStep.CATCHING_UP, 20, 1, 5));
        history.replay(event("shop-1", MigrationStep.SEALING, 30, 1, 7));
        history.replay(event("shop-1", MigrationStep.DRAINING, 40, 1, 9));

        assertThat(history.replay(event("shop-1", MigrationStep.OPENING, 50, 1, 8))).isFalse();
    }

    @Test
    void shouldIgnoreAPlanMadeFromOutdatedSpecs() {
        toOpening("shop-1", 1);
        history.replay(event("shop-1", MigrationStep.FINISHED, 60, 2, 10));

        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 70, 1, 9))).isFalse();
        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 80, 2, 10))).isTrue();
    }

    @Test
    void shouldKeepGoverningWithTheLastFinishedMigrationWhileTheNextCatchesUp() {
        toOpening("shop-1", 1);
        history.replay(event("shop-1", MigrationStep.FINISHED, 60, 2, 10));
        history.replay(event("shop-2", MigrationStep.STARTED, 80, 2, 10));
        history.replay(event("shop-2", MigrationStep.CATCHING_UP, 81, 2, 10));

        assertThat(history.governing()).hasExactlyElementsOfTypes(Finished.class, CatchingUp.class);
    }

    @Test
    void shouldMoveAVmAgainAfterItsEpochsWereRaisedOtherwise() {
        toOpening("shop-1", 1);
        history.replay(event("shop-1", MigrationStep.FINISHED, 60, 2, 10));

        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 80, 5, 10))).isTrue();
    }

    @Test
    void shouldPlanNothingFromTheEpochsBeforeAMigrationWasTakenBack() {
        toOpening("shop-1", 1);
        assertThat(history.replay(event("shop-1", MigrationStep.TAKEN_BACK, 60, 1, 9))).isTrue();

        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 80, 2, 10))).isFalse();
        assertThat(history.replay(event("shop-2", MigrationStep.STARTED, 80, 3, 10))).isTrue();
    }

    @Test
    void shouldIgnoreStepsItDoesNotKnow() {
        history.replay(event("shop-1", MigrationStep.STARTED, 10, 1, 0));

        assertThat(history.replay(event("shop-1", MigrationStep.UNKNOWN, 11, 1, 0))).isFalse();
        assertThat(history.replay(event("never", MigrationStep.SEALING, 12, 1, 0))).isFalse();
        assertThat(history.underway()).hasSize(1);
    }

    private void toOpening(String id, int epoch) {
        history.replay(event(id, MigrationStep.STARTED, 10, epoch, 0));
        history.replay(event(id, MigrationStep.CATCHING_UP, 20, epoch, 5));
        history.replay(event(id, MigrationStep.SEALING, 30, epoch, 7));
        history.replay(event(id, MigrationStep.DRAINING, 40, epoch, 9));
        history.replay(event(id, MigrationStep.OPENING, 50, epoch, 9));
    }

    private static MigrationEvent event(
            String id, MigrationStep step, long atMicros, int epoch, long seq) {
        return MigrationEvent.newBuilder()
                .setMigration(id)
                .setVm("shop")
                .setFromSite("a")
                .setToSite("b")
                .setMode("drain")
                .setStep(step)
                .setAtMicros(atMicros)
                .setVolumes(List.of(new VolumePosition("data", epoch, seq, seq, seq)))
                .build();
    }
}
