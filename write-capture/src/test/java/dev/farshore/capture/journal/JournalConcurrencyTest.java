package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class JournalConcurrencyTest {
    private static final long SEED = 5;
    private static final Duration TIME = Duration.ofSeconds(4);
    private static final int PAYLOAD_BYTES = 2048;

    private final AtomicLong copied = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean isDone;

    @Test
    void shouldNeverGiveAReaderBytesOfALaterLap() throws Exception {
        try (TestDirectories directory = new TestDirectories();
                ExecutorService threads = Executors.newCachedThreadPool();
                // So small that the space of an entry is reused right after its release.
                Journal journal =
                        Journal.create(
                                directory.path("journal"),
                                TestEvents.VVOL,
                                8 * PAYLOAD_BYTES,
                                JournalPosition.START)) {
            Future<?> one = threads.submit(reading(journal));
            Future<?> other = threads.submit(reading(journal));
            Future<?> releasing = threads.submit(releasing(journal));
            Future<?> forcing = threads.submit(forcing(journal));
            long endNanos = System.nanoTime() + TIME.toNanos();
            for (long seq = 1; System.nanoTime() < endNanos; seq++) {
                EventHeader event = event(SEED, seq, PAYLOAD_BYTES);
                ByteBuffer payload = payload(SEED, seq, PAYLOAD_BYTES);
                while (!journal.tryAppend(event, payload)) {
                    Thread.yield();
                }
            }
            isDone = true;
            for (Future<?> thread : new Future<?>[] {one, other, releasing, forcing}) {
                thread.get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(copied.get()).isGreaterThan(100);
        assertThat(refused.get()).isPositive();
    }

    private Callable<Void> reading(Journal journal) {
        return () -> {
            Random random = ThreadLocalRandom.current();
            ByteBuffer into = ByteBuffer.allocateDirect(PAYLOAD_BYTES);
            while (!isDone) {
                long seq = journal.firstSeq() + random.nextInt(2);
                if (seq > journal.lastSeq()) {
                    continue;
                }
                long offset = event(SEED, seq, PAYLOAD_BYTES).offset();
                if (journal.copyRange(seq, offset, into.clear())) {
                    assertThat(into.flip()).isEqualTo(payload(SEED, seq, PAYLOAD_BYTES));
                    copied.incrementAndGet();
                } else {
                    refused.incrementAndGet();
                }
            }
            return null;
        };
    }

    private Callable<Void> releasing(Journal journal) {
        return () -> {
            while (!isDone) {
                if (!journal.isEmpty()) {
                    journal.release(journal.firstSeq());
                }
                Thread.yield();
            }
            return null;
        };
    }

    private Callable<Void> forcing(Journal journal) {
        return () -> {
            while (!isDone) {
                journal.force();
                Thread.yield();
            }
            return null;
        };
    }
}
