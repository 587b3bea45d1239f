package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A volume that writes as fast as the log takes it, beside one that flushes now and then. */
@Tag("slow")
@Timeout(120)
class FairnessTest {
    private static final int BUFFER_BYTES = 32 << 20;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int PAYLOAD_BYTES = 64 << 10;
    private static final double BYTES_PER_NANO = 0.05; // 50 MB/s
    private static final int FLUSHES = 30;

    /** As Kafka's: its buffer is bounded and goes out in order, as fast as the network allows. */
    private static final class SlowProducer extends MockProducer<byte[], byte[]> {
        private final Semaphore bufferBytes = new Semaphore(BUFFER_BYTES);
        private final LinkedBlockingQueue<Runnable> buffer = new LinkedBlockingQueue<>();
        private final Thread network = Thread.ofPlatform().daemon().start(this::sendOut);
        private long offset;
        private volatile boolean closed;

        SlowProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, Callback callback) {
            int bytes = record.value().length;
            try {
                bufferBytes.acquire(bytes);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
            RecordMetadata metadata =
                    new RecordMetadata(
                            new TopicPartition(record.topic(), record.partition()),
                            offset++,
                            0,
                            0,
                            0,
                            0);
            buffer.add(
                    () -> {
                        LockSupport.parkNanos((long) (bytes / BYTES_PER_NANO));
                        bufferBytes.release(bytes);
                        callback.onCompletion(metadata, null);
                    });
            return CompletableFuture.completedFuture(metadata);
        }

        private void sendOut() {
            while (!closed) {
                try {
                    buffer.take().run();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        @Override
        public void close(Duration timeout) {
            closed = true;
            network.interrupt();
        }
    }

    /** Writes of one size, up to where the test says. */
    private static final class Writes implements EventSource {
        private final String vvol;
        private final ByteBuffer payload;
        private volatile long lastSeq;

        Writes(String vvol, int payloadBytes, long lastSeq) {
            this.vvol = vvol;
            this.payload = ByteBuffer.allocate(payloadBytes);
            this.lastSeq = lastSeq;
        }

        @Override
        public long lastSeq() {
            return lastSeq;
        }

        @Override
        public EventHeader header(long seq) {
            int bytes = payload.capacity();
            return new EventHeader(
                    vvol, 1, seq, seq, EventKind.WRITE, 0, bytes, seq * bytes, seq, 0, "");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return payload.duplicate();
        }
    }

    @Test
    void shouldNotLetABusyVolumeStarveAnothersFlushes() throws Exception {
        double fair = worstFlushMillis(WINDOW_BYTES, FLUSHES);
        double unfair = worstFlushMillis(BUFFER_BYTES, 3);

        System.out.printf(
                "worst flush beside a busy volume: %.0f ms; without a window of its own %.0f ms%n",
                fair, unfair);
        // The busy volume's window is worth 21 ms of the network; the rest is for a busy machine.
        assertThat(fair).isLessThan(250);
        assertThat(unfair).as("a measure that can't fail").isGreaterThan(400);
    }

    private static double worstFlushMillis(int windowBytes, int flushes) throws Exception {
        Writes busy = new Writes("busy", PAYLOAD_BYTES, Long.MAX_VALUE);
        Writes idle = new Writes("idle", 512, 0);
        long worstNanos = 0;
        try (Publisher publisher =
                new Publisher(
                        SlowProducer::new,
                        new WriteEventCodec(1),
                        new WriteHeaderCodec(2),
                        windowBytes)) {
            publisher.start();
            Lane busyLane = publisher.open("busy", 0, busy, 1);
            Lane idleLane = publisher.open("idle", 1, idle, 1);
            TimeUnit.SECONDS.sleep(1); // until all there is to fill is full
            for (int flush = 1; flush <= flushes; flush++) {
                long start = System.nanoTime();
                idle.lastSeq = flush;
                idleLane.wake();
                while (idleLane.ackedSeq() < flush) {
                    LockSupport.parkNanos(50_000);
                }
                worstNanos = Math.max(worstNanos, System.nanoTime() - start);
                TimeUnit.MILLISECONDS.sleep(10);
            }
            busyLane.close();
            idleLane.close();
        }
        return worstNanos / 1e6;
    }
}
