package dev.farshore.bench.load;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/**
 * Our own client: where fio is not installed. It shares this process with what it measures, and
 * writes one block over and over.
 */
final class ClientLoad implements Load {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final long SLOWEST_MICROS = 600_000_000;

    @Override
    public String name() {
        return "the built-in client";
    }

    @Override
    public LoadResult run(NbdUri uri, LoadSpec spec) throws IOException, InterruptedException {
        try (NbdClient client = NbdClient.connect(uri, CONNECT_TIMEOUT, spec.depth())) {
            return new Run(client, spec).run();
        }
    }

    private static final class Run {
        private final NbdClient client;
        private final LoadSpec spec;
        private final Semaphore slots;
        private final SplittableRandom random = new SplittableRandom(1);
        // Of the client's reader thread, until every slot is back.
        private final Histogram writeMicros = new Histogram(SLOWEST_MICROS, 3);
        private long counted;
        private @Nullable Exception failure;
        private volatile long countFromNanos;

        Run(NbdClient client, LoadSpec spec) {
            this.client = client;
            this.spec = spec;
            this.slots = new Semaphore(spec.depth());
        }

        LoadResult run() throws IOException, InterruptedException {
            byte[] bytes = new byte[spec.blockBytes()];
            random.nextBytes(bytes);
            int zeroes = Math.max(0, spec.compressiblePercent()) * bytes.length / 100;
            Arrays.fill(bytes, 0, zeroes, (byte) 0);
            ByteBuffer payload = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
            ByteBuffer target = ByteBuffer.allocateDirect(bytes.length);
            long startNanos = System.nanoTime() + spec.warmUp().toNanos();
            long endNanos = startNanos + spec.time().toNanos();
            countFromNanos = startNanos;
            long nowNanos = System.nanoTime();
            while (nowNanos - endNanos < 0) {
                slots.acquire();
                nowNanos = System.nanoTime();
                submit(nowNanos, payload, target);
            }
            slots.acquire(spec.depth());
            if (failure != null) {
                throw new IOException("a request failed: " + failure.getMessage(), failure);
            }
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            return new LoadResult(
                    counted / seconds,
                    writeMicros.getValueAtPercentile(50),
                    writeMicros.getValueAtPercentile(99));
        }

        private void submit(long nowNanos, ByteBuffer payload, ByteBuffer target) {
            long blocks = spec.rangeBytes() / spec.blockBytes();
            long offset = random.nextLong(blocks) * spec.blockBytes();
            if (random.nextInt(100) < spec.readPercent()) {
                client.read(offset, target.duplicate(), done(nowNanos, false));
            } else {
                client.write(offset, payload.duplicate(), false, done(nowNanos, true));
            }
        }

        private BlockDevice.Completion done(long sentNanos, boolean isWrite) {
            return error -> {
                if (error != null) {
                    failure = error;
                } else if (sentNanos - countFromNanos >= 0) {
                    counted++;
                    if (isWrite) {
                        writeMicros.recordValue((System.nanoTime() - sentNanos) / 1_000);
                    }
                }
                slots.release();
            };
        }
    }
}
