package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.ManualExecutor;
import dev.farshore.apply.repair.SimulatedRepair;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.Replica;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** {@code PositionMatchesData} while another thread brings a volume back. */
class PositionWhileRepairingTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 5);
    private static final int ROUNDS = 400;

    @TempDir Path directory;

    private final LogWriter log = new LogWriter("disk");
    private final ManualExecutor disk = new ManualExecutor(new Random(1));

    @Test
    void shouldNotSayThatAnEventIsHardenedThatTheRepairHasApplied() throws InterruptedException {
        ImageStore store =
                new ImageStore(
                        new ApplyEnvironment(
                                ApplySettings.in(directory),
                                new Hardener(disk, 16),
                                System::nanoTime),
                        (topic, bytes) -> {
                            throw new UnsupportedOperationException();
                        },
                        new Images(),
                        new SimulatedRepair(List.of()));
        store.open(PARTITION);
        long offset = 0;
        store.apply("disk", new Decoded.Value<>(log.open(1 << 20)), offset++);
        Replica volume = store.replicas().iterator().next();
        for (int round = 0; round < ROUNDS; round++) {
            volume.hardening().start(System.nanoTime());
            disk.runOne();
            volume.hardening().collect();
            store.apply("disk", new Decoded.Unreadable<>("damaged"), offset++);
            long missedOffset = offset++;
            LogEvent missed = log.write(0, 512);
            store.apply("disk", new Decoded.Value<>(missed), missedOffset);
            Thread repair =
                    Thread.ofPlatform().start(() -> bringBack(volume, missed, missedOffset));
            boolean isBack = false;
            while (!isBack) {
                PartitionPosition position = store.position(missedOffset);
                isBack = position.volumes().get("disk").health() == Health.OK;
                if (isBack) {
                    assertThat(position.offset()).as("round %d", round).isLessThan(missedOffset);
                }
            }
            repair.join(Duration.ofSeconds(20));
        }
        disk.runAllFromNowOn();
        store.close();
    }

    private static void bringBack(Replica volume, LogEvent missed, long missedOffset) {
        assertThat(volume.recovery().reopen()).isTrue();
        volume.catchUp(new Decoded.Value<>(missed), missedOffset);
        volume.recovery().caughtUpTo(missedOffset);
    }
}
