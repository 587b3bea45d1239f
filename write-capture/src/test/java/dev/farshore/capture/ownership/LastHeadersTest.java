package dev.farshore.capture.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.capture.vm.VmVolumes;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How long an opener waits for the last epoch's headers before it writes them itself. */
class LastHeadersTest {
    private static final LogCursor SEALED = new LogCursor(1, "b#1", false, 7, 7, 0);

    private final List<Long> repairedUpTo = new ArrayList<>();
    private final VmGroups vms = new VmGroups(System::nanoTime);
    private long nowNanos;
    private LogCursor headersEnd = new LogCursor(1, "b#1", true, 5, 5, 0);
    private final LastHeaders lastHeaders =
            new LastHeaders(
                    new OwnershipContext(
                            new NodeIdentity("a", "a-1", "p"),
                            new Headers(),
                            (vvol, partition, end, upToSeq) -> {
                                repairedUpTo.add(upToSeq);
                                return 2;
                            },
                            vms,
                            new VmVolumes(List::of),
                            new NodeTime(Clock.systemUTC(), () -> nowNanos)));

    @AfterEach
    void stop() {
        vms.close();
    }

    @Test
    void shouldWaitForHeadersOnTheirWay() throws Exception {
        assertThat(areComplete()).isFalse();
        pass(Duration.ofSeconds(2));
        assertThat(areComplete()).isFalse();

        headersEnd = SEALED;

        assertThat(areComplete()).isTrue();
        assertThat(repairedUpTo).isEmpty();
    }

    @Test
    void shouldWriteHeadersThatNobodySendsAndGiveThemTheSameTimeToArrive() throws Exception {
        areComplete();
        pass(Duration.ofMillis(2001));
        assertThat(areComplete()).isFalse();
        assertThat(repairedUpTo).containsExactly(7L);

        areComplete();
        pass(Duration.ofSeconds(2));
        areComplete();
        assertThat(repairedUpTo).as("not again before its time").hasSize(1);
        pass(Duration.ofMillis(1));
        areComplete();
        assertThat(repairedUpTo).hasSize(2);
    }

    private boolean areComplete() throws Exception {
        return lastHeaders.areComplete(spec(), SEALED);
    }

    private void pass(Duration time) {
        nowNanos += time.toNanos();
    }

    private static VolumeSpec spec() {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("")
                .setSizeBytes(1 << 20)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(2)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .build();
    }

    private final class Headers implements LocalImages {
        @Override
        public Optional<LocalImage> find(String vvol) {
            return Optional.empty();
        }

        @Override
        public LogCursor headersEnd(String vvol) {
            return headersEnd;
        }

        @Override
        public boolean isKeptHere(int partition) {
            return true;
        }

        @Override
        public boolean isCaughtUp(int partition) {
            return true;
        }
    }
}
