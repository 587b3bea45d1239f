package dev.farshore.bench.apply;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/** Reads blocks of an export, so many at a time, chosen at random among given ones. */
final class ReadLoad {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final long SLOWEST_MICROS = 60_000_000;

    private final long[] offsets;
    private final int blockBytes;
    private final int depth;
    private final Duration warmUp;
    private final Duration time;

    record Result(double perSecond, double p50Micros) {}

    ReadLoad(long[] offsets, int blockBytes, int depth, Duration warmUp, Duration time) {
        this.offsets = offsets;
        this.blockBytes = blockBytes;
        this.depth = depth;
        this.warmUp = warmUp;
        this.time = time;
    }

    Result run(NbdUri uri) throws IOException, InterruptedException {
        try (NbdClient client = NbdClient.connect(uri, CONNECT_TIMEOUT, depth)) {
            return new Run(client).run();
        }
    }

    private final class Run {
        private final NbdClient client;
        private final Semaphore slots = new Semaphore(depth);
        private final SplittableRandom random = new SplittableRandom(1);

        // Of the client's reader thread, until every slot is back.
        private final Histogram micros = new Histogram(SLOWEST_MICROS, 3);
        private @Nullable Exception failure;

        Run(NbdClient client) {
            this.client = client;
        }

        Result run() throws IOException, InterruptedException {
            ByteBuffer target = ByteBuffer.allocateDirect(blockBytes);
            long countFromNanos = System.nanoTime() + warmUp.toNanos();
            long endNanos = countFromNanos + time.toNanos();
            for (long sent = System.nanoTime(); sent < endNanos; sent = System.nanoTime()) {
                slots.acquire();
                submit(target.duplicate(), System.nanoTime(), countFromNanos);
            }
            slots.acquire(depth);
            if (failure != null) {
                throw new IOException("a read failed: " + failure.getMessage(), failure);
            }
            return new Result(
                    micros.getTotalCount() / (time.toNanos() / 1e9),
                    micros.getValueAtPercentile(50));
        }

        private void submit(ByteBuffer into, long sentNanos, long countFromNanos) {
            client.read(
                    offsets[random.nextInt(offsets.length)],
                    into,
                    error -> {
                        if (error != null) {
                            failure = error;
                        } else if (sentNanos >= countFromNanos) {
                            micros.recordValue((System.nanoTime() - sentNanos) / 1_000);
                        }
                        slots.release();
                    });
        }
    }
}
