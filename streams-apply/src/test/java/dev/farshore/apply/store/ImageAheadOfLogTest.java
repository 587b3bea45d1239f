package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.apply.EventSerdes;
import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.repair.LogComparer;
import dev.farshore.apply.repair.Repair;
import dev.farshore.apply.repair.StoreWorker;
import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** {@code ReplicaNeverAheadOfLog} where the log has gone back: its data was of an older copy. */
class ImageAheadOfLogTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 5);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long SIZE = 1 << 20;

    @TempDir Path directory;

    private final LogWriter owner = new LogWriter("disk");
    private final LogWriter neighbour = new LogWriter("neighbour");
    private final Deserializer<Decoded<LogEvent>> deserializer =
            new DecodedDeserializer<>(EventSerdes.writes().deserializer());
    private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
    private final Images images = new Images();
    private long logBegin;
    private boolean isWrittenHere;
    private Hardener hardener;
    private StoreWorker repair;
    private StoreWorker comparer;
    private ImageStore store;

    @BeforeEach
    void start() {
        hardener = new Hardener(2);
        repair = Repair.start(this::consumer, deserializer, Duration.ofMillis(10));
        comparer = LogComparer.start(this::consumer, deserializer, Duration.ofMillis(10));
        store =
                new ImageStore(
                        new ApplyEnvironment(
                                ApplySettings.in(directory).withHardenInterval(Duration.ZERO),
                                hardener,
                                ApplyListener.NONE,
                                new ApplyCounters(),
                                cursor -> isWrittenHere,
                                System::nanoTime),
                        deserializer,
                        images,
                        StoreListener.all(repair, comparer));
        store.open(PARTITION);
    }

    @AfterEach
    void stop() {
        store.close();
        comparer.close();
        repair.close();
        hardener.close();
    }

    private void restart() {
        stop();
        start();
    }

    private Consumer<byte[], byte[]> consumer() {
        MockConsumer<byte[], byte[]> consumer =
                new MockConsumer<>("earliest") {
                    @Override
                    public synchronized void seek(TopicPartition partition, long offset) {
                        super.seek(partition, offset);
                        synchronized (log) {
                            log.stream().filter(r -> r.offset() >= offset).forEach(this::addRecord);
                        }
                    }
                };
        synchronized (log) {
            consumer.updateBeginningOffsets(Map.of(PARTITION, logBegin));
            consumer.updateEndOffsets(Map.of(PARTITION, (long) log.size()));
        }
        return consumer;
    }

    private void append(LogEvent event) {
        appendOnly(event);
        store.apply(
                event.header().vvol(),
                deserializer.deserialize(PARTITION.topic(), log.getLast().value()),
                log.size() - 1L);
    }

    private void appendOnly(LogEvent event) {
        synchronized (log) {
            log.add(
                    new ConsumerRecord<>(
                            PARTITION.topic(),
                            PARTITION.partition(),
                            log.size(),
                            event.header().vvol().getBytes(StandardCharsets.UTF_8),
                            EventSerdes.writes().serializer().serialize(PARTITION.topic(), event)));
        }
    }

    /** Kafka's data is put back from a copy that has so many records. */
    private void goBackTo(int records) {
        synchronized (log) {
            log.subList(records, log.size()).clear();
        }
    }

    private ReplicaStatus status() {
        store.tick();
        return images.status("disk").orElseThrow();
    }

    private void awaitDisowned() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status().health()).isEqualTo(Health.NEEDS_SEED));
        assertThat(images.find("disk")).isEmpty();
        assertThat(Image.dataPath(directory, "disk")).exists();
    }

    private void awaitCompared() {
        await().atMost(PATIENCE).until(() -> status().isCompared());
    }

    private byte[] read(long offset, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        images.find("disk").orElseThrow().read(offset, into);
        return into.array();
    }

    @Test
    void shouldGoOnWithAnImageOfThisLog() {
        append(owner.open(SIZE));
        append(owner.write(0, 512));
        restart();
        awaitCompared();
        assertThat(status().health()).isEqualTo(Health.OK);
        assertThat(status().reason()).isEmpty();

        append(owner.write(0, 512));
        assertThat(status().applied().seq()).isEqualTo(3);
    }

    /** Each in a turn of its own: one that waited for the next pass would take ten seconds. */
    @Test
    void shouldCompareAllVolumesOfAPartitionInOnePass() {
        List<LogWriter> owners =
                IntStream.range(0, 4).mapToObj(i -> new LogWriter("disk-" + i)).toList();
        owners.forEach(one -> append(one.open(SIZE)));

        restart();

        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(owners)
                                        .allMatch(
                                                one ->
                                                        images.status(one.vvol())
                                                                .orElseThrow()
                                                                .isCompared()));
    }

    @Test
    void shouldNotServeAnImageThatIsAheadOfTheLog() {
        append(owner.open(SIZE));
        append(neighbour.open(SIZE));
        append(owner.write(0, 512));
        restart();
        goBackTo(2);
        restart();

        awaitDisowned();
        assertThat(status().reason())
                .contains("event 2 of epoch 1 from offset 2")
                .contains("the log ends with offset 1")
                .contains("older than the image");
        assertThat(images.status("neighbour").orElseThrow().health()).isEqualTo(Health.OK);
        assertThat(store.seenOffset()).as("what comes at 2 has not been seen").isEqualTo(1);
    }

    @Test
    void shouldNotServeAnImageWhenTheTopicWasMadeAnew() {
        append(owner.open(SIZE));
        append(owner.write(0, 512));
        goBackTo(0);
        restart();

        awaitDisowned();
    }

    /** Seqs and offsets are used again, by an owner that had gone back, too. */
    @Test
    void shouldTellALogApartThatHasGrownPastTheImage() {
        append(owner.open(SIZE));
        LogWriter goneBack = owner.copy();
        append(owner.write(0, 512));
        append(owner.write(512, 512));
        store.close();
        goBackTo(1);
        goneBack.passSeconds(1);
        for (int i = 0; i < 4; i++) {
            appendOnly(goneBack.write(4096, 512));
        }
        restart();

        awaitDisowned();
        assertThat(status().reason()).contains("the log has another event 3 of epoch 1");
    }

    @Test
    void shouldNoticeThatTheLogGoesBackUnderIt() {
        append(owner.open(SIZE));
        LogWriter goneBack = owner.copy();
        append(owner.write(0, 512));
        append(owner.write(512, 512));
        awaitCompared();
        goBackTo(1);
        goneBack.passSeconds(1);

        for (int i = 0; i < 4; i++) {
            append(goneBack.write(4096, 512));
        }

        awaitDisowned();
    }

    /** Another site has taken over from what is left of the log. */
    @Test
    void shouldNotServeAnImageThatALaterEpochDisproves() {
        append(owner.open(SIZE));
        LogWriter other = owner.copy();
        append(owner.write(0, 512));
        append(owner.write(512, 512));
        append(other.open(SIZE));
        assertThat(status().health()).as("a race that it has lost").isEqualTo(Health.OK);

        append(other.write(0, 512));

        awaitDisowned();
        assertThat(status().reason()).contains("of epoch 2").contains("belongs to another log");
    }

    @Test
    void shouldBeWholeAgainAfterASeedThatHasSeqsOfTheOtherLog() throws IOException {
        append(owner.open(SIZE));
        LogWriter goneBack = owner.copy();
        for (int i = 0; i < 9; i++) {
            append(owner.write(i * 512, 512));
        }
        goBackTo(1);
        restart();
        awaitDisowned();

        append(goneBack.seedStarted(1, SIZE));
        LogEvent seeded = goneBack.write(0, 512);
        append(seeded);
        append(goneBack.seedFinished(1));

        assertThat(status().health()).isEqualTo(Health.OK);
        assertThat(read(0, 512)).isEqualTo(seeded.payload().array());
        assertThat(read(512, 512)).as("of the other log").containsOnly(0);
    }

    @Test
    void shouldBuildTheImageFromTheLogWhenItIsMovedAway() throws IOException {
        append(owner.open(SIZE));
        LogEvent write = owner.write(0, 512);
        append(write);
        append(owner.write(0, 512));
        goBackTo(2);
        restart();
        awaitDisowned();

        Files.delete(Image.dataPath(directory, "disk"));
        Files.delete(Image.superblockPath(directory, "disk"));

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status().health()).isEqualTo(Health.OK));
        assertThat(status().applied().seq()).isEqualTo(2);
        assertThat(read(0, 512)).isEqualTo(write.payload().array());
    }

    /** All that was acknowledged is there, and nowhere else. */
    @Test
    void shouldGoOnAsOwnerAndSaySo() {
        append(owner.open(SIZE));
        append(owner.write(0, 512));
        append(owner.write(512, 512));
        goBackTo(1);
        isWrittenHere = true;
        restart();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status().reason()).contains("goes on as"));
        assertThat(status().health()).isEqualTo(Health.OK);
        assertThat(store.seenOffset()).isZero();

        append(owner.write(1024, 512));
        assertThat(status().applied().seq()).isEqualTo(4);
        assertThat(status().applied().writesOffset()).isEqualTo(1);
    }

    @Test
    void shouldTrustAnImageWhenToldTo() throws IOException {
        append(owner.open(SIZE));
        append(owner.write(0, 512));
        goBackTo(0);
        store.close();
        Path trust = Files.createFile(directory.resolve("disk.trust"));
        restart();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(status().reason()).contains("to be trusted"));
        assertThat(status().health()).isEqualTo(Health.OK);
        assertThat(trust).as("for this time").doesNotExist();
    }

    @Test
    void shouldTrustAnImageWhoseNewestEventTheLogHasForgotten() {
        append(owner.open(SIZE));
        append(owner.write(0, 512));
        appendOnly(neighbour.open(SIZE));
        logBegin = 2;
        restart();

        awaitCompared();
        assertThat(status().health()).isEqualTo(Health.OK);
    }
}
