package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.repair.SimulatedRepair;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Two volumes on two disks, of which one does not answer. */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
class HungDiskTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int THREADS = 2;
    private static final long SIZE = 1 << 20;

    @TempDir Path directory;

    private final LogWriter sick = new LogWriter("sick");
    private final LogWriter well = new LogWriter("well");
    private final List<LogEvent> log = new ArrayList<>();
    private final Images images = new Images();
    private final Hardener hardener = new Hardener(THREADS, Duration.ofSeconds(2));
    private final SimulatedRepair repair = new SimulatedRepair(log);
    private final CountDownLatch answer = new CountDownLatch(1);
    private Path elsewhere = Path.of("");
    private ImageStore store;

    @BeforeEach
    void start() throws IOException {
        Path otherDisk = Path.of("/dev/shm");
        assumeTrue(Files.isDirectory(otherDisk), "there is a second file system");
        elsewhere = Files.createTempFile(otherDisk, "farshore-hung-disk", ".img");
        assumeTrue(
                !Files.getAttribute(elsewhere, "unix:dev")
                        .equals(Files.getAttribute(directory, "unix:dev")),
                "it is another one");
        Files.createSymbolicLink(Image.dataPath(directory, "sick"), elsewhere);
        store =
                new ImageStore(
                        new ApplyEnvironment(
                                new ApplySettings(
                                        directory,
                                        Duration.ZERO,
                                        Duration.ofSeconds(5),
                                        1 << 16,
                                        Duration.ZERO,
                                        Duration.ofMillis(10),
                                        vvol -> false),
                                hardener,
                                System::nanoTime),
                        (topic, bytes) -> {
                            throw new UnsupportedOperationException();
                        },
                        images,
                        repair);
        store.open(PARTITION);
        append(sick.open(SIZE));
        append(well.open(SIZE));
    }

    @AfterEach
    void stop() throws IOException {
        answer.countDown();
        if (store != null) {
            store.close();
        }
        hardener.close();
        Files.deleteIfExists(elsewhere);
    }

    private void append(LogEvent event) {
        log.add(event);
        store.apply(event.header().vvol(), new Decoded.Value<>(event), log.size() - 1L);
    }

    private void hangDisk() {
        for (int i = 0; i < THREADS; i++) {
            hardener.diskThreads(images.find("sick").orElseThrow())
                    .execute(this::awaitUninterruptibly);
        }
    }

    private void awaitUninterruptibly() {
        try {
            answer.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ReplicaStatus status(LogWriter volume) {
        store.tick();
        return images.status(volume.vvol()).orElseThrow();
    }

    private void awaitHardened(LogWriter volume) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(status(volume).hardened().seq()).isEqualTo(volume.seq()));
    }

    /** Neither its writes nor its seal make the others wait. */
    @Test
    void shouldHardenImagesOfOtherDisks() {
        hangDisk();
        append(sick.write(0, 512));
        append(sick.seal());
        append(well.write(0, 512));
        append(well.seal());

        awaitHardened(well);
        assertThat(status(sick).applied().seq()).isEqualTo(3);
        assertThat(status(sick).hardened().seq()).isEqualTo(1);
        assertThat(answer.getCount()).as("the disk still hangs").isEqualTo(1);
    }

    @Test
    void shouldSayThatTheDiskDoesNotAnswerAndGoOnWhenItDoes() {
        hangDisk();
        append(sick.write(0, 512));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status(sick).health()).isEqualTo(Health.FAULTED));
        assertThat(status(sick).reason()).contains("the disk has not answered for 2 s");
        append(sick.write(512, 512));
        repair.run();
        assertThat(status(sick).health()).as("nobody waits for it").isEqualTo(Health.FAULTED);

        answer.countDown();

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> {
                            repair.run();
                            assertThat(status(sick).health()).isEqualTo(Health.OK);
                        });
        awaitHardened(sick);
    }

    /** The first event of a volume that was idle has to wait for the disk, but not for ever. */
    @Test
    void shouldNotWaitForEverBeforeTheFirstEventOfAnIdleVolume() {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            store.tick();
                            return images.find("sick").orElseThrow().mixedUntilSeq() == 1;
                        });
        hangDisk();

        append(sick.write(0, 512));

        assertThat(status(sick).health()).isEqualTo(Health.FAULTED);
        assertThat(status(sick).reason()).contains("the disk has not answered");
        append(well.write(0, 512));
        awaitHardened(well);
    }

    @Test
    void shouldCloseThoughTheDiskHangs() {
        hangDisk();
        append(sick.write(0, 512));
        append(well.write(0, 512));

        store.close();

        assertThat(answer.getCount()).as("the disk still hangs").isEqualTo(1);
    }
}
