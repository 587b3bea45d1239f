package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

class CountedSeqsTest {
    private static final int PARTITION = 3;

    private final OwnOffsetRuns runs = new OwnOffsetRuns();
    private final CountedSeqs counted = new CountedSeqs(1);

    @Test
    void shouldCountWhatIsAcknowledgedWithoutAHoleBehindWhatTheImageHas() {
        acknowledged(1, 100);
        counted.seen(1, 100);

        acknowledged(2, 101);
        acknowledged(3, 102);

        assertThat(countedSeq(3)).isEqualTo(3);
    }

    @Test
    void shouldNotCountAnAcknowledgedEventBehindAHoleUntilTheImageHasPassedIt() {
        acknowledged(1, 100);
        counted.seen(1, 100);

        acknowledged(2, 102);
        assertThat(countedSeq(2)).isEqualTo(1);
        counted.seen(2, 102);

        assertThat(countedSeq(2)).isEqualTo(2);
        acknowledged(3, 103);
        assertThat(countedSeq(3)).isEqualTo(3);
    }

    @Test
    void shouldTakeRecordsOfAnotherVolumeOfThisProcessForItsOwn() {
        acknowledged(1, 100);
        counted.seen(1, 100);
        runs.acknowledged(PARTITION, 101);

        acknowledged(2, 102);

        assertThat(countedSeq(2)).isEqualTo(2);
    }

    @Test
    void shouldNotTakeAnEventThatGotInUnacknowledgedForTheOneBehindAHole() {
        acknowledged(1, 100);
        counted.seen(1, 100);
        // Event 2 is at 101 too, of which nobody was told; at 102 is another's opening.
        counted.seen(2, 101);

        acknowledged(2, 103);
        acknowledged(3, 104);

        assertThat(countedSeq(3)).isEqualTo(2);
    }

    @Test
    void shouldNeverCountWhatAReaderOfTheWholeLogIgnores() {
        for (long seed = 0; seed < 500; seed++) {
            new Race(seed).run();
        }
    }

    private void acknowledged(long seq, long offset) {
        counted.acknowledged(seq, runs.acknowledged(PARTITION, offset));
    }

    private long countedSeq(long upToSeq) {
        return countedSeq(counted, upToSeq);
    }

    private static long countedSeq(CountedSeqs counted, long upToSeq) {
        AtomicLong reached = new AtomicLong();
        for (long seq = 1; seq <= upToSeq; seq++) {
            long asked = seq;
            counted.waiters().await(seq, error -> reached.accumulateAndGet(asked, Math::max));
        }
        return reached.get();
    }

    /**
     * An owner that fails and sends again, late arrivals, a volume of somebody else in the
     * partition, another opening at some moment, and an image that is behind.
     */
    private static final class Race {
        private static final LogCursor OPEN = new LogCursor(1, "a#1@a-1", true, 1, 1, 0);

        private final long seed;
        private final Random random;
        private final List<EventHeader> log = new ArrayList<>();
        private final Deque<EventHeader> late = new ArrayDeque<>();
        private final OwnOffsetRuns runs = new OwnOffsetRuns();
        private final CountedSeqs counted = new CountedSeqs(2);
        private LogCursor image = OPEN;
        private long imageOffset = -1;
        private int read;

        Race(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() {
            long ackedSeq = 1;
            int opensAt = random.nextInt(90); // or never
            for (int step = 0; step < 60; step++) {
                if (step == opensAt) {
                    log.add(event(2, end().seq() + 1, EventKind.EPOCH_OPENED, "b#2@b-1"));
                }
                switch (random.nextInt(6)) {
                    case 0 -> log.add(null); // another volume's
                    case 1 -> late.add(event(1, ackedSeq + 1, EventKind.WRITE, ""));
                    case 2 -> {
                        if (!late.isEmpty()) {
                            log.add(late.remove());
                        }
                    }
                    case 3 -> follow(read + random.nextInt(log.size() - read + 1));
                    default -> {
                        ackedSeq++;
                        log.add(event(1, ackedSeq, EventKind.WRITE, ""));
                        counted.acknowledged(ackedSeq, runs.acknowledged(0, log.size() - 1));
                    }
                }
                long valid = lastOfEpoch1();
                assertThat(countedSeq(counted, ackedSeq))
                        .as("seed %d, step %d", seed, step)
                        .isLessThanOrEqualTo(valid);
            }
            if (opensAt >= 60) {
                follow(log.size());
                assertThat(countedSeq(counted, ackedSeq)).as("seed %d", seed).isEqualTo(ackedSeq);
            }
        }

        private void follow(int upTo) {
            for (; read < upTo; read++) {
                EventHeader event = log.get(read);
                if (event != null && image.judge(event) instanceof Verdict.Next(LogCursor after)) {
                    image = after;
                    imageOffset = read;
                }
            }
            if (image.owner().equals(OPEN.owner())) {
                counted.seen(image.seq(), imageOffset);
            }
        }

        private LogCursor end() {
            return judged(log);
        }

        private long lastOfEpoch1() {
            int opening = 0;
            while (opening < log.size()
                    && (log.get(opening) == null || log.get(opening).epoch() == 1)) {
                opening++;
            }
            return judged(log.subList(0, opening)).seq();
        }

        private static LogCursor judged(List<EventHeader> events) {
            LogCursor cursor = OPEN;
            for (EventHeader event : events) {
                if (event != null && cursor.judge(event) instanceof Verdict.Next(LogCursor after)) {
                    cursor = after;
                }
            }
            return cursor;
        }

        private static EventHeader event(int epoch, long seq, EventKind kind, String note) {
            return new EventHeader("v", epoch, seq, seq, kind, 0, 0, 0, 0, 0, note);
        }
    }
}
