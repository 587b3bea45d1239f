package dev.farshore.capture.publish;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.nio.charset.StandardCharsets;
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
 * in, and an abandoned producer's records may arrive late, after its successor's first ones. It can
 * be made to answer nothing for a while.
 */
public final class FlakyBroker {
    private final Random random;
    private final double failureRate;
    private final List<ProducerRecord<byte[], byte[]>> log =
            Collections.synchronizedList(new ArrayList<>());
    private final Deque<ProducerRecord<byte[], byte[]>> late = new ArrayDeque<>();
    private final Deque<Runnable> unanswered = new ArrayDeque<>();
    private boolean isSilent;
    private String refused = "";
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

    /** From now on a volume's events are too large; empty to take all again. */
    public synchronized void refuse(String vvol) {
        refused = vvol;
    }

    /** From now on nothing that is sent gets in or is answered. */
    public synchronized void fallSilent() {
        isSilent = true;
    }

    /** How many records were sent since {@link #fallSilent}. */
    public synchronized int unanswered() {
        return unanswered.size();
    }

    /** Takes and answers what was sent since {@link #fallSilent}, and all that comes. */
    public synchronized void answer() {
        isSilent = false;
        while (!unanswered.isEmpty()) {
            unanswered.remove().run();
        }
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
                if (isSilent) {
                    unanswered.add(() -> take(record, callback));
                    return new CompletableFuture<>();
                }
                return take(record, callback);
            }
        }

        private Future<RecordMetadata> take(
                ProducerRecord<byte[], byte[]> record, Callback callback) {
            if (record.key() != null
                    && refused.equals(new String(record.key(), StandardCharsets.UTF_8))
                    && record.topic().equals(Topics.WRITES)) {
                return refused(new RecordTooLargeException("larger than 7 bytes"), callback);
            }
            if (random.nextDouble() < failureRate) {
                if (random.nextBoolean()) {
                    late.add(record);
                }
                return refused(new KafkaException("the broker said no"), callback);
            }
            RecordMetadata metadata =
                    new RecordMetadata(
                            new TopicPartition(record.topic(), record.partition()),
                            append(record),
                            0,
                            0,
                            0,
                            0);
            callback.onCompletion(metadata, null);
            return CompletableFuture.completedFuture(metadata);
        }

        private Future<RecordMetadata> refused(KafkaException failure, Callback callback) {
            callback.onCompletion(null, failure);
            return CompletableFuture.failedFuture(failure);
        }
    }
}
