package dev.farshore.bench.capture;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** How long one thing takes that waits for the broker, one after the other. */
final class RoundTrips {
    private static final int BLOCK_BYTES = 4096;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final long SLOWEST_MICROS = 60_000_000;

    private RoundTrips() {}

    /**
     * A write, and then the FLUSH, which alone is timed.
     *
     * @return median in microseconds
     */
    static double flushMicros(NbdUri uri, int count) throws IOException, InterruptedException {
        Histogram micros = new Histogram(SLOWEST_MICROS, 3);
        ByteBuffer payload = ByteBuffer.allocateDirect(BLOCK_BYTES);
        try (NbdClient client = NbdClient.connect(uri, CONNECT_TIMEOUT, 1)) {
            for (int i = 0; i < count; i++) {
                await(client.write((long) i * BLOCK_BYTES, payload.duplicate(), false));
                long startNanos = System.nanoTime();
                await(client.flush());
                micros.recordValue((System.nanoTime() - startNanos) / 1_000);
            }
        }
        return micros.getValueAtPercentile(50);
    }

    /**
     * One record of a 4 KiB block, sent and waited for.
     *
     * @return median in microseconds
     */
    static double sendMicros(Producer<byte[], byte[]> producer, String topic, int count)
            throws IOException, InterruptedException {
        Histogram micros = new Histogram(SLOWEST_MICROS, 3);
        byte[] value = new byte[BLOCK_BYTES];
        try {
            for (int i = 0; i < count; i++) {
                long startNanos = System.nanoTime();
                producer.send(new ProducerRecord<>(topic, 0, null, value)).get();
                micros.recordValue((System.nanoTime() - startNanos) / 1_000);
            }
        } catch (ExecutionException e) {
            throw new IOException("the broker did not take a record", e);
        }
        return micros.getValueAtPercentile(50);
    }

    private static void await(CompletableFuture<Void> future)
            throws IOException, InterruptedException {
        try {
            future.get();
        } catch (ExecutionException e) {
            throw new IOException("a request failed", e.getCause());
        }
    }
}
