package dev.farshore.coordinator.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

class TopicFollowerTest {
    private static final String TOPIC = "t";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    private final List<String> handed = new CopyOnWriteArrayList<>();
    private final AtomicInteger caughtUp = new AtomicInteger();
    private final Queue<MockConsumer<String, String>> consumers = new ArrayDeque<>();

    private final TopicFollower<String> follower =
            new TopicFollower<>(
                    TOPIC,
                    partition -> 3,
                    consumers::remove,
                    record -> handed.add(record.value()),
                    caughtUp::incrementAndGet);

    @AfterEach
    void close() {
        follower.close();
    }

    @Test
    void shouldBeginSoFarBeforeTheEndAndSayOnceThatItCaughtUp() {
        MockConsumer<String, String> consumer = consumer(0, 5);
        consumer.schedulePollTask(() -> records(consumer, 0, 5));
        consumers.add(consumer);

        follower.start();

        await().untilAsserted(() -> assertThat(handed).containsExactly("2", "3", "4"));
        await().untilAsserted(() -> assertThat(caughtUp).hasValue(1));
    }

    @Test
    void shouldCatchUpAtOnceWithAnEmptyTopic() {
        consumers.add(consumer(0, 0));

        follower.start();

        await().untilAsserted(() -> assertThat(caughtUp).hasValue(1));
    }

    @Test
    void shouldGoOnWhereItStoppedWithANewConsumer() {
        MockConsumer<String, String> first = consumer(0, 2);
        first.schedulePollTask(() -> records(first, 0, 2));
        first.schedulePollTask(() -> first.setPollException(new KafkaException("broken")));
        MockConsumer<String, String> second = consumer(0, 4);
        second.schedulePollTask(() -> records(second, 0, 4));
        consumers.add(first);
        consumers.add(second);

        follower.start();

        await().untilAsserted(() -> assertThat(handed).containsExactly("0", "1", "2", "3"));
        assertThat(first.closed()).isTrue();
        assertThat(caughtUp).hasValue(1);
    }

    @Test
    void shouldCloseItsConsumerPromptly() {
        MockConsumer<String, String> consumer = consumer(0, 0);
        consumers.add(consumer);
        follower.start();
        await().untilAsserted(() -> assertThat(caughtUp).hasValue(1));

        follower.close();

        assertThat(consumer.closed()).isTrue();
    }

    private static MockConsumer<String, String> consumer(long beginning, long end) {
        MockConsumer<String, String> consumer = new MockConsumer<>("earliest");
        Node node = new Node(0, "localhost", 0);
        consumer.updatePartitions(
                TOPIC,
                List.of(new PartitionInfo(TOPIC, 0, node, new Node[] {node}, new Node[] {node})));
        consumer.updateBeginningOffsets(Map.of(PARTITION, beginning));
        consumer.updateEndOffsets(Map.of(PARTITION, end));
        return consumer;
    }

    /** A mock hands out only what lies at or after its position. */
    private static void records(MockConsumer<String, String> consumer, long from, long to) {
        for (long offset = from; offset < to; offset++) {
            consumer.addRecord(
                    new ConsumerRecord<>(TOPIC, 0, offset, "key", Long.toString(offset)));
        }
    }
}
