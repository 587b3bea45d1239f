package dev.farshore.apply.site;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * Sends a stream thread's progress reports. The thread flushes before every commit. When the node
 * stops, a Kafka that does not answer must not hold it up: reports are made again.
 *
 * <p>Threading: as {@link KafkaProducer}; the lock guards {@code unanswered}.
 */
final class ReportProducer extends KafkaProducer<byte[], byte[]> {
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

    private final BooleanSupplier isStopping;
    private final Duration stopPatience;
    private final Object lock = new Object();
    private int unanswered;

    /**
     * @param stopPatience how long a flush and the close take at most when the node is to stop
     */
    ReportProducer(Map<String, Object> config, BooleanSupplier isStopping, Duration stopPatience) {
        super(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.isStopping = isStopping;
        this.stopPatience = stopPatience;
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> report, Callback done) {
        answered(1);
        try {
            return super.send(
                    report,
                    (metadata, failure) -> {
                        try {
                            done.onCompletion(metadata, failure);
                        } finally {
                            answered(-1);
                        }
                    });
        } catch (RuntimeException e) {
            answered(-1); // then there is no callback
            throw e;
        }
    }

    private void answered(int change) {
        synchronized (lock) {
            unanswered += change;
            lock.notifyAll();
        }
    }

    /** Nothing lingers, so all that was sent is under way already. */
    @Override
    public void flush() {
        long leftMillis = stopPatience.toMillis();
        synchronized (lock) {
            while (unanswered > 0 && leftMillis > 0) {
                try {
                    lock.wait(LOOK_INTERVAL.toMillis());
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
                leftMillis -= isStopping.getAsBoolean() ? LOOK_INTERVAL.toMillis() : 0;
            }
        }
    }

    @Override
    public void close() {
        close(stopPatience);
    }
}
