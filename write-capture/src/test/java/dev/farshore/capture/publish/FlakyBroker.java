package dev.farshore.capture.publish;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * A broker's log behind producers that fail now and then: a record may fail while later ones get
 * in, and an abandoned producer's records may arrive late, after its successor's first ones.
 */
public final class FlakyBroker {
    private final Random random;
    private final double failureRate;
    private final List<ProducerRecord<byte[], byte[]>> log =
            Collections.synchronizedList(new ArrayList<>());
    private final Deque<ProducerRecord<byte[], byte[]>> late = new ArrayDeque<>();
    private int producersMade;

    public FlakyBroker(long seed, double failureRate) {
        this.random = new Random(seed);
        this.failureRate = failureRate;
    }

    /** Everything that got in, in order, over both topics. */
    public List<ProducerRecord<byte[], byte[]>> log() {
        synchronized (log) {
            return List.copyOf(log);
        }
    }

    public synchronized int producersMade() {
        return producersMade;
    }

    public synchronized Producer<byte[], byte[]> newProducer() {
        producersMade++;
        return new FlakyProducer();
    }

    private synchronized long append(ProducerRecord<byte[], byte[]> record) {
        while (!late.isEmpty() && random.nextInt(4) == 0) {
            log.add(late.remove());
        }
        log.add(record);
        return log.size() - 1L;
    }

    /** As a real producer does before it returns: the sender uses its arrays again. */
    private static ProducerRecord<byte[], byte[]> copy(ProducerRecord<byte[], byte[]> record) {
        return new ProducerRecord<>(
                record.topic(), record.partition(), record.key(), record.value().clone());
    }

    private final class FlakyProducer extends MockProducer<byte[], byte[]> {
        FlakyProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> sent, Callback callback) {
            ProducerRecord<byte[], byte[]> record = copy(sent);
            synchronized (FlakyBroker.this) {
                if (random.nextDouble() < failureRate) {
                    if (random.nextBoolean()) {
                        late.add(record);
                    }
                    KafkaException failure = new KafkaException("the broker said no");
                    callback.onCompletion(null, failure);
                    return CompletableFuture.failedFuture(failure);
                }
                long offset = append(record);
                RecordMetadata metadata =
                        new RecordMetadata(
                                new TopicPartition(record.topic(), record.partition()),
                                offset,
                                0,
                                0,
                                0,
                                0);
                callback.onCompletion(metadata, null);
                return CompletableFuture.completedFuture(metadata);
            }
        }
    }
}
