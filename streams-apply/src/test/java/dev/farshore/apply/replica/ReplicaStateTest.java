package dev.farshore.apply.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.Health;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** What a replica's states show, and what they become. */
class ReplicaStateTest {
    @TempDir Path directory;

    private Image image;

    @BeforeEach
    void open() throws IOException {
        image = Image.open(directory, "disk", 0, 10);
    }

    @AfterEach
    void close() throws IOException {
        image.close();
    }

    @Test
    void shouldShowAFaultUntilItHasCaughtUp() {
        ReplicaState.Stopped stopped =
                new ReplicaState.Live(image, Gap.NONE).toStopped("no space", image);
        ReplicaState.CatchingUp catchingUp = stopped.toCatchingUp(image);

        assertThat(stopped.health()).isEqualTo(Health.FAULTED);
        assertThat(catchingUp.health()).isEqualTo(Health.FAULTED);
        assertThat(catchingUp.reason()).isEqualTo("no space");
        assertThat(catchingUp.toLive().health()).isEqualTo(Health.OK);
    }

    @Test
    void shouldShowAGapFoundWhileCatchingUpInPlaceOfTheFault() {
        ReplicaState.CatchingUp atGap =
                new ReplicaState.Stopped("no space", Gap.NONE, image)
                        .toCatchingUp(image)
                        .withGap(Gap.waiting("event 3 is missing"));

        assertThat(atGap.health()).isEqualTo(Health.GAP);
        assertThat(atGap.toInterrupted().reason()).isEqualTo("event 3 is missing");
        assertThat(atGap.toLive().reason()).isEqualTo("event 3 is missing");
    }

    @Test
    void shouldRememberThroughAFaultThatOnlyASeedHelps() {
        ReplicaState.Live live = new ReplicaState.Live(image, Gap.seedNeeded("lost"));
        assertThat(live.health()).isEqualTo(Health.NEEDS_SEED);

        ReplicaState.CatchingUp catchingUp = live.toStopped("no space", image).toCatchingUp(image);

        assertThat(catchingUp.gap().isSeedNeeded()).isTrue();
        assertThat(catchingUp.toInterrupted().gap().isSeedNeeded()).isTrue();
    }

    @Test
    void shouldNeedNoSeedAnyMoreWhenTheGapIsFilled() {
        assertThat(Gap.seedNeeded("lost").changedTo("").isSeedNeeded()).isFalse();
        assertThat(Gap.seedNeeded("lost").changedTo("event 4").isSeedNeeded()).isTrue();
    }

    @Test
    void shouldNotBeginASeedWhileItIsStopped() {
        ReplicaState stopped = new ReplicaState.Stopped("no space", Gap.NONE, image);

        assertThatThrownBy(() -> stopped.toSeeded(image)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldRefuseAChangeWithoutTheLock() {
        CurrentReplicaState state =
                new CurrentReplicaState(
                        "disk",
                        0,
                        new ReentrantLock(),
                        new ImageOpener("disk", 0, ApplySettings.in(directory)));

        assertThatThrownBy(() -> state.change(new ReplicaState.Rejected("damaged"), "damaged"))
                .isInstanceOf(IllegalStateException.class);
    }
}
