package dev.farshore.schemas.topic;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A topic in memory that consumers can read, also from the first record and more than once. */
final class TestTopic implements Supplier<Consumer<byte[], byte[]>> {
    static final String NAME = "topic";

    private final int partitions;
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private final Map<Integer, Long> ends = new HashMap<>();
    private @Nullable TestConsumer consumer;
    private int consumersMade;
    private boolean exists = true;

    TestTopic(int partitions) {
        this.partitions = partitions;
    }

    synchronized void exists(boolean exists) {
        this.exists = exists;
    }

    synchronized long put(int partition, String key, @Nullable String value) {
        long offset = ends.merge(partition, 1L, Long::sum) - 1;
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(NAME, partition, offset, bytes(key), bytes(value));
        records.add(record);
        if (consumer != null) {
            consumer.deliver(record);
        }
        return offset;
    }

    /** As compaction does with a tombstone that is old enough, and all before it. */
    synchronized void forget(String key) {
        records.removeIf(record -> new String(record.key(), StandardCharsets.UTF_8).equals(key));
    }

    /** The consumer in use fails at its next poll. */
    synchronized void breakConsumer(RuntimeException failure) {
        if (consumer != null) {
            TestConsumer broken = consumer;
            broken.schedulePollTask(
                    () -> {
                        throw failure;
                    });
        }
    }

    synchronized int consumersMade() {
        return consumersMade;
    }

    @Override
    public synchronized Consumer<byte[], byte[]> get() {
        consumersMade++;
        consumer = new TestConsumer();
        return consumer;
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private final class TestConsumer extends MockConsumer<byte[], byte[]> {
        private boolean reading;

        TestConsumer() {
            super("none");
            if (exists) {
                List<PartitionInfo> infos = new ArrayList<>();
                Map<TopicPartition, Long> beginnings = new HashMap<>();
                for (int partition = 0; partition < partitions; partition++) {
                    @SuppressWarnings("NullAway") // no broker leads this partition
                    PartitionInfo info = new PartitionInfo(NAME, partition, null, null, null);
                    infos.add(info);
                    beginnings.put(new TopicPartition(NAME, partition), 0L);
                }
                updatePartitions(NAME, infos);
                updateBeginningOffsets(beginnings);
            }
        }

        @Override
        public synchronized void assign(Collection<TopicPartition> assigned) {
            synchronized (TestTopic.this) {
                super.assign(assigned);
                Map<TopicPartition, Long> endOffsets = new HashMap<>();
                assigned.forEach(
                        partition ->
                                endOffsets.put(
                                        partition, ends.getOrDefault(partition.partition(), 0L)));
                updateEndOffsets(endOffsets);
                reading = true;
                records.forEach(this::addRecord);
            }
        }

        void deliver(ConsumerRecord<byte[], byte[]> record) {
            if (reading && !closed()) {
                addRecord(record);
            }
        }
    }
}
