package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.apply.EventSerdes;
import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.repair.Repair;
import dev.farshore.apply.repair.StoreWorker;
import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.ReplicaState;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
class FaultIsolationTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 5);
    private static final long SIZE = 1 << 20;

    @TempDir Path directory;

    private final LogWriter sick = new LogWriter("sick");
    private final LogWriter well = new LogWriter("well");
    private final Deserializer<Decoded<LogEvent>> deserializer =
            new DecodedDeserializer<>(EventSerdes.writes().deserializer());
    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
    private final Images images = new Images();
    private final ApplyCounters counters = new ApplyCounters();
    private Hardener hardener;
    private StoreWorker repair;
    private ImageStore store;

    @BeforeEach
    void start() {
        hardener = new Hardener(2);
        repair = Repair.start(this::consumer, deserializer, Duration.ofMillis(10));
        store =
                new ImageStore(
                        new ApplyEnvironment(
                                ApplySettings.in(directory).withHardenInterval(Duration.ZERO),
                                hardener,
                                ApplyListener.NONE,
                                counters,
                                at -> false,
                                System::nanoTime),
                        deserializer,
                        images,
                        repair);
        store.open(PARTITION);
    }

    @AfterEach
    void stop() {
        store.close();
        repair.close();
        hardener.close();
    }

    private void restart() {
        stop();
        start();
    }

    /**
     * Reads the log as it is at the time of the call. As with a broker, the first poll brings
     * nothing, and the others a part of what there is.
     */
    private Consumer<byte[], byte[]> consumer() {
        MockConsumer<byte[], byte[]> consumer =
                new MockConsumer<>("earliest") {
                    private boolean hasPolled;

                    @Override
                    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                        if (!hasPolled) {
                            hasPolled = true;
                            return ConsumerRecords.empty();
                        }
                        return super.poll(timeout);
                    }

                    @Override
                    public synchronized void seek(TopicPartition partition, long offset) {
                        super.seek(partition, offset);
                        synchronized (log) {
                            log.stream().filter(r -> r.offset() >= offset).forEach(this::addRecord);
                        }
                    }
                };
        consumer.setMaxPollRecords(2);
        synchronized (log) {
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            consumer.updateEndOffsets(Map.of(PARTITION, (long) log.size()));
        }
        return consumer;
    }

    private void append(LogEvent event) {
        append(
                event.header().vvol(),
                EventSerdes.writes().serializer().serialize(PARTITION.topic(), event));
    }

    private void append(String vvol, byte[] value) {
        long offset;
        synchronized (log) {
            offset = log.size();
            log.add(
                    new ConsumerRecord<>(
                            PARTITION.topic(),
                            PARTITION.partition(),
                            offset,
                            vvol.getBytes(StandardCharsets.UTF_8),
                            value));
        }
        store.apply(vvol, deserializer.deserialize(PARTITION.topic(), value), offset);
    }

    private ReplicaStatus status(LogWriter volume) {
        return images.status(volume.vvol()).orElseThrow();
    }

    private void awaitCaughtUp(LogWriter volume) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            store.tick();
                            assertThat(status(volume).health()).isEqualTo(Health.OK);
                            assertThat(status(volume).applied().seq()).isEqualTo(volume.seq());
                        });
    }

    private byte[] read(LogWriter volume, long offset, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        images.find(volume.vvol()).orElseThrow().read(offset, into);
        return into.array();
    }

    @Test
    void shouldStopOnlyTheVolumeWhoseRecordCannotBeRead() {
        append(sick.open(SIZE));
        append(well.open(SIZE));
        append("sick", new byte[] {1, 2, 3});
        sick.write(0, 512);
        append(sick.write(0, 512));
        append(well.write(0, 512));

        assertThat(status(sick).health()).isEqualTo(Health.FAULTED);
        assertThat(status(sick).reason()).contains("offset 2");
        assertThat(status(sick).applied().seq()).isEqualTo(1);
        assertThat(status(well).health()).isEqualTo(Health.OK);
        assertThat(status(well).applied().seq()).isEqualTo(2);
    }

    @Test
    void shouldStopOnlyTheVolumeThatHasAGap() {
        append(sick.open(SIZE));
        append(well.open(SIZE));
        sick.write(0, 512);
        append(sick.write(512, 512));
        append(well.write(0, 512));

        assertThat(status(sick).health()).isEqualTo(Health.GAP);
        assertThat(status(sick).reason()).contains("event 2 is missing").contains("event 3");
        assertThat(status(well).health()).isEqualTo(Health.OK);
    }

    /** A publisher that failed starts again from its oldest event not acknowledged. */
    @Test
    void shouldGoOnWhenTheMissingEventComesLater() {
        append(sick.open(SIZE));
        LogEvent late = sick.write(0, 512);
        LogEvent early = sick.write(512, 512);
        append(early);
        assertThat(status(sick).health()).isEqualTo(Health.GAP);
        append(late);
        append(early);

        awaitCaughtUp(sick);
        assertThat(status(sick).reason()).isEmpty();
        append(sick.write(1024, 512));
        assertThat(status(sick).applied().seq()).isEqualTo(4);
    }

    @Test
    void shouldGoOnWhenTheMissingEventComesAfterTheLogWasReadAgain() {
        append(sick.open(SIZE));
        LogEvent late = sick.write(0, 512);
        LogEvent early = sick.write(512, 512);
        append(early);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            store.tick();
                            assertThat(store.replicas().iterator().next().state())
                                    .isInstanceOf(ReplicaState.Live.class);
                        });
        assertThat(status(sick).health()).isEqualTo(Health.GAP);
        append(late);
        assertThat(status(sick).health()).isEqualTo(Health.OK);
        append(early);
        assertThat(status(sick).applied().seq()).isEqualTo(3);
    }

    /** An image put back from an older copy is behind what its partition thinks. */
    @Test
    void shouldReadTheLogAgainForAnImageOlderThanItsPartition() throws IOException {
        append(sick.open(SIZE));
        store.close();
        keepOlderCopy();
        restart();
        append(sick.write(0, 512));
        LogEvent lost = sick.write(512, 512);
        append(lost);
        store.close();
        bringOlderCopyBack();
        restart();
        assertThat(status(sick).applied().seq()).isEqualTo(1);
        append(sick.write(1024, 512));

        awaitCaughtUp(sick);
        assertThat(read(sick, 512, 512)).isEqualTo(lost.payload().array());
    }

    /** No record comes any more that could make it look again. */
    @Test
    void shouldReadTheLogAgainAsFarAsItsPartitionHasGot() throws IOException {
        append(sick.open(SIZE));
        store.close();
        keepOlderCopy();
        restart();
        for (int i = 0; i < 7; i++) {
            append(sick.write(i * 512, 512));
        }
        store.close();
        bringOlderCopyBack();
        restart();
        append(sick.write(1 << 16, 512));
        assertThat(status(sick).health()).isEqualTo(Health.GAP);

        awaitCaughtUp(sick);
    }

    /** Of a volume that is idle: that it is not whole would show with its next event only. */
    @Test
    void shouldBuildAnImageAgainAsFarAsItsPartitionHasGot() throws IOException {
        append(sick.open(SIZE));
        for (int i = 0; i < 7; i++) {
            append(sick.write(i * 512, 512));
        }
        store.close();
        Files.write(Image.superblockPath(directory, "sick"), new byte[20_000]);
        restart();
        store.tick();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(status(sick).health()).isEqualTo(Health.NEEDS_SEED));

        Files.delete(Image.superblockPath(directory, "sick"));
        Files.delete(Image.dataPath(directory, "sick"));

        awaitCaughtUp(sick);
    }

    private void keepOlderCopy() throws IOException {
        for (Path file : files()) {
            Files.copy(file, directory.resolve(file.getFileName() + ".older"));
        }
    }

    private void bringOlderCopyBack() throws IOException {
        for (Path file : files()) {
            Files.move(
                    directory.resolve(file.getFileName() + ".older"),
                    file,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private List<Path> files() {
        return List.of(Image.dataPath(directory, "sick"), Image.superblockPath(directory, "sick"));
    }

    @Test
    void shouldGoOnWhenTheMissingEventComesBehindTheOnesInItsPlace() {
        append(sick.open(SIZE));
        LogEvent missing = sick.write(0, 512);
        LogEvent early = sick.write(512, 512);
        append(early);
        assertThat(status(sick).health()).isEqualTo(Health.GAP);

        append(missing);
        append(early);

        assertThat(status(sick).health()).isEqualTo(Health.OK);
        assertThat(status(sick).applied().seq()).isEqualTo(3);
    }

    @Test
    void shouldStayStoppedAtAGapAfterARestart() {
        append(sick.open(SIZE));
        sick.write(0, 512);
        append(sick.write(512, 512));
        store.commit(Map.of(PARTITION, store.seenOffset()));

        restart();

        assertThat(store.committedOffset(PARTITION)).isEqualTo(1);
        assertThat(status(sick).health()).isNotEqualTo(Health.OK);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> {
                            store.tick();
                            assertThat(status(sick).health()).isEqualTo(Health.GAP);
                        });
    }

    @Test
    void shouldStopOnlyTheVolumeWhoseSuperblockIsDamaged() throws IOException {
        append(sick.open(SIZE));
        append(well.open(SIZE));
        store.close();
        Files.write(Image.superblockPath(directory, "sick"), new byte[20_000]);
        restart();
        append(sick.write(0, 512));
        append(well.write(0, 512));

        assertThat(status(sick).health()).isEqualTo(Health.NEEDS_SEED);
        assertThat(status(sick).reason()).contains("both slots");
        assertThat(status(well).applied().seq()).isEqualTo(2);
        assertThat(Image.dataPath(directory, "sick")).exists();
    }

    @Test
    void shouldCatchUpFromItsOwnPositionWhenTheFaultHasGone() throws IOException {
        append(sick.open(SIZE));
        LogEvent first = sick.write(0, 4096);
        append(first);
        append(well.open(SIZE));
        store.close();

        LogEvent second = sick.write(4096, 4096);
        try (FileChannel superblock =
                        FileChannel.open(
                                Image.superblockPath(directory, "sick"), StandardOpenOption.WRITE);
                var lock = superblock.lock()) {
            assertThat(lock.isValid()).isTrue();
            restart();
            assertThat(status(sick).health()).isEqualTo(Health.FAULTED);
            assertThat(status(sick).reason()).contains("in use");
            append(second);
            append(well.write(0, 512));
            assertThat(status(well).applied().seq()).isEqualTo(2);
            assertThat(images.find("sick")).isEmpty();
        }

        awaitCaughtUp(sick);
        assertThat(read(sick, 0, 4096)).isEqualTo(first.payload().array());
        assertThat(read(sick, 4096, 4096)).isEqualTo(second.payload().array());

        LogEvent third = sick.write(8192, 4096);
        append(third);
        assertThat(read(sick, 8192, 4096)).isEqualTo(third.payload().array());
        assertThat(status(sick).health()).isEqualTo(Health.OK);
    }

    /** A hot copy is told of time by its records only. */
    @Test
    void shouldCatchUpThoughNoRecordComes() throws IOException {
        append(sick.open(SIZE));
        store.close();
        try (FileChannel superblock =
                        FileChannel.open(
                                Image.superblockPath(directory, "sick"), StandardOpenOption.WRITE);
                var lock = superblock.lock()) {
            assertThat(lock.isValid()).isTrue();
            restart();
            append(sick.write(4096, 4096));
            assertThat(status(sick).health()).isEqualTo(Health.FAULTED);
        }

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(status(sick).applied().seq()).isEqualTo(2));
        assertThat(status(sick).health()).isEqualTo(Health.OK);
    }

    /** The partition's position goes on without it, so the volume must remember its own. */
    @Test
    void shouldCatchUpAfterARestartWhenItWasBehind() throws IOException {
        append(sick.open(SIZE));
        append(well.open(SIZE));
        store.close();
        LogEvent missed = sick.write(4096, 4096);
        try (FileChannel superblock =
                        FileChannel.open(
                                Image.superblockPath(directory, "sick"), StandardOpenOption.WRITE);
                var lock = superblock.lock()) {
            assertThat(lock.isValid()).isTrue();
            restart();
            append(missed);
            append(well.write(0, 512));
            store.close();
        }

        restart();

        assertThat(store.committedOffset(PARTITION)).isEqualTo(3);
        awaitCaughtUp(sick);
        assertThat(read(sick, 4096, 4096)).isEqualTo(missed.payload().array());
    }

    @Test
    void shouldBuildAnImageAgainThatIsGone() throws IOException {
        append(sick.open(SIZE));
        LogEvent write = sick.write(0, 512);
        append(write);
        append(well.open(SIZE));
        store.close();
        Files.delete(Image.dataPath(directory, "sick"));
        Files.delete(Image.superblockPath(directory, "sick"));
        restart();

        assertThat(store.committedOffset(PARTITION)).isEqualTo(2);
        awaitCaughtUp(sick);
        assertThat(read(sick, 0, 512)).isEqualTo(write.payload().array());
        assertThat(status(well).applied().seq()).isEqualTo(1);
    }

    @Test
    void shouldStillSayAfterARestartThatAVolumeHasNoBeginning() {
        sick.open(SIZE);
        append(sick.write(0, 512));
        append(well.open(SIZE));
        restart();
        assertThat(status(sick).health()).isEqualTo(Health.GAP);
        assertThat(Image.dataPath(directory, "sick")).doesNotExist();
    }

    @Test
    void shouldTellTheListenerOfAFlushBeforeAnythingNewer() throws IOException {
        List<Long> flushed = new ArrayList<>();
        store.close();
        store =
                new ImageStore(
                        new ApplyEnvironment(
                                ApplySettings.in(directory),
                                hardener,
                                (vvol, cursor, image) -> {
                                    assertThat(image.applied().seq()).isEqualTo(cursor.seq());
                                    flushed.add(cursor.seq());
                                },
                                counters,
                                at -> false,
                                System::nanoTime),
                        deserializer,
                        images,
                        repair);
        store.open(PARTITION);
        append(well.open(SIZE));
        append(well.write(0, 512));
        append(well.flush());
        append(well.write(0, 512));
        append(well.flush());
        assertThat(flushed).containsExactly(3L, 5L);
    }
}
