package dev.farshore.coordinator.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.migration.MigrationHistory;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.VolumePosition;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

class KafkaMigrationLogTest {
    private static final TopicPartition PARTITION = new TopicPartition(Topics.MIGRATIONS, 0);

    private final MigrationHistory history = new MigrationHistory();
    private final MockConsumer<String, MigrationEvent> consumer = consumer();
    private final MockProducer<String, MigrationEvent> producer =
            new MockProducer<>(
                    false,
                    new RoundRobinPartitioner(),
                    new StringSerializer(),
                    (topic, value) -> new byte[0]);
    private final KafkaMigrationLog migrationLog =
            new KafkaMigrationLog(producer, () -> consumer, history, Duration.ofSeconds(20));

    @BeforeEach
    void start() throws InterruptedException {
        migrationLog.start();
        migrationLog.awaitCaughtUp(Duration.ofSeconds(20));
    }

    @AfterEach
    void close() {
        migrationLog.close();
    }

    @Test
    void shouldReturnOnlyOnceWhatItWroteWasReadBack() {
        CompletableFuture<Void> append =
                CompletableFuture.runAsync(
                        () -> migrationLog.append(List.of(event("shop-1"), event("shop-2"))));
        await().until(() -> producer.history().size() == 2);
        producer.completeNext();
        producer.completeNext();
        consumer.schedulePollTask(() -> read(0, event("shop-1")));
        await().until(() -> history.find("shop-1").isPresent());
        assertThat(append).isNotDone();

        consumer.schedulePollTask(() -> read(1, event("shop-2")));
        append.join();

        assertThat(history.all()).hasSize(2);
    }

    @Test
    void shouldWritePartitionZeroWhateverTheKey() {
        CompletableFuture<Void> append = appending(event("shop-1"));
        await().until(() -> producer.history().size() == 1);
        producer.completeNext();
        consumer.schedulePollTask(() -> read(0, event("shop-1")));

        append.join();
        ProducerRecord<String, MigrationEvent> record = producer.history().getFirst();
        assertThat(record.partition()).isZero();
        assertThat(record.key()).isEqualTo("shop-1");
        assertThat(history.find("shop-1")).isPresent();
    }

    @Test
    void shouldSayWhichTopicDidNotTakeTheEvent() {
        CompletableFuture<Void> append = appending(event("shop-1"));
        await().until(() -> producer.history().size() == 1);
        producer.errorNext(new KafkaException("no leader"));

        assertThatThrownBy(append::join)
                .hasCauseInstanceOf(TopicException.class)
                .hasMessageContaining("farshore.migrations: shop-1 was not acknowledged")
                .hasMessageContaining("no leader");
        assertThat(history.all()).isEmpty();
    }

    private CompletableFuture<Void> appending(MigrationEvent event) {
        return CompletableFuture.runAsync(() -> migrationLog.append(List.of(event)));
    }

    private void read(long offset, MigrationEvent event) {
        consumer.addRecord(
                new ConsumerRecord<>(Topics.MIGRATIONS, 0, offset, event.getMigration(), event));
    }

    private static MockConsumer<String, MigrationEvent> consumer() {
        MockConsumer<String, MigrationEvent> consumer = new MockConsumer<>("earliest");
        Node node = new Node(0, "localhost", 0);
        consumer.updatePartitions(
                Topics.MIGRATIONS,
                List.of(
                        new PartitionInfo(
                                Topics.MIGRATIONS, 0, node, new Node[] {node}, new Node[] {node})));
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 0L));
        return consumer;
    }

    private static MigrationEvent event(String id) {
        return MigrationEvent.newBuilder()
                .setMigration(id)
                .setVm(id)
                .setFromSite("a")
                .setToSite("b")
                .setMode("drain")
                .setStep(MigrationStep.STARTED)
                .setAtMicros(1)
                .setVolumes(List.of(new VolumePosition("data", 1, 0L, 0L, 0L)))
                .build();
    }
}
