package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.log.LogEvent;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** Any sequence of appends, releases, forces and reopens against a queue. */
class JournalModelTest {
    private static final int STEPS = 400;

    private record Held(long seq, int payloadBytes) {}

    @Property(tries = 60)
    void shouldBehaveLikeAQueue(@ForAll @LongRange(min = 0, max = 1L << 40) long seed)
            throws IOException {
        run(seed, STEPS);
    }

    @Example
    void shouldBehaveLikeAQueueOverManyLaps() throws IOException {
        run(42, 20_000);
    }

    private static void run(long seed, int steps) throws IOException {
        Random random = new Random(seed);
        long capacityBytes = 4096L * (2 + random.nextInt(20));
        int maxPayloadBytes = 8 + random.nextInt((int) capacityBytes / 2 - 512);
        Deque<Held> model = new ArrayDeque<>();
        long lastSeq = random.nextInt(1000);

        try (TestDirectories directory = new TestDirectories()) {
            Journal journal =
                    Journal.create(
                            directory.path("journal"),
                            TestEvents.VVOL,
                            capacityBytes,
                            new JournalPosition(1, lastSeq, 3, 4));
            for (int step = 0; step < steps; step++) {
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3, 4 -> {
                        long seq = lastSeq + 1;
                        int bytes = TestEvents.payloadBytes(seed, seq, maxPayloadBytes);
                        if (journal.tryAppend(event(seed, seq, bytes), payload(seed, seq, bytes))) {
                            model.add(new Held(seq, bytes));
                            lastSeq = seq;
                        } else {
                            // Up to an eighth may wait for a stable tail, and half at the end
                            // of the ring for an entry that does not fit there.
                            boolean isFullOfEntries =
                                    model.size() >= capacityBytes / 512 / 2 * 7 / 8;
                            assertThat(
                                            isFullOfEntries
                                                    || journal.usedBytes() + 2 * bytes + 200
                                                            > capacityBytes * 7 / 8)
                                    .isTrue();
                            assertThat(model).isNotEmpty();
                        }
                    }
                    case 5, 6, 7 -> {
                        int count = random.nextInt(model.size() + 1);
                        for (int i = 0; i < count; i++) {
                            long seq = model.removeFirst().seq();
                            if (random.nextBoolean() || i == count - 1) {
                                journal.release(seq);
                            }
                        }
                    }
                    case 8 -> journal.force();
                    default -> {
                        journal.close();
                        journal = Journal.open(directory.path("journal"));
                        assertThat(journal.recovery().isCut()).isFalse();
                    }
                }
                check(journal, model, lastSeq, seed);
            }
            journal.close();
        }
    }

    private static void check(Journal journal, Deque<Held> model, long lastSeq, long seed) {
        assertThat(journal.lastSeq()).isEqualTo(lastSeq);
        assertThat(journal.firstSeq()).isEqualTo(lastSeq + 1 - model.size());
        assertThat(journal.usedBytes()).isBetween(0L, journal.capacityBytes());
        for (Held held : model) {
            LogEvent read = journal.read(held.seq());
            assertThat(read.header()).isEqualTo(event(seed, held.seq(), held.payloadBytes()));
            assertThat(read.payload()).isEqualTo(payload(seed, held.seq(), held.payloadBytes()));
        }
    }
}
