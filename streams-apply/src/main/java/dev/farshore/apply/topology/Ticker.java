package dev.farshore.apply.topology;

import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs a task's periodic work with few punctuations. Each punctuation makes Streams halve the
 * number of records it processes per iteration, and check all tasks of the thread between
 * iterations. So while records come, the work runs with them; a punctuation is scheduled only for
 * when none comes, and rarely when nothing is about to end.
 *
 * <p>Threading: the stream thread.
 */
final class Ticker {

    /** How soon the work must run again. */
    enum Need {
        /** Nothing is due before the next record, unless another thread finds something missing. */
        REST,
        /** All volumes are at rest; somebody may change what is reported of them. */
        IDLE,
        /** Other threads are at work, and nobody waits for them. */
        WATCH,
        /** Something ends soon, and somebody waits for it. */
        HURRY
    }

    static final Duration WATCH_INTERVAL = Duration.ofMillis(500);
    static final Duration IDLE_INTERVAL = Duration.ofSeconds(2);

    /** Long: a node may have a thousand partitions of which nobody has heard. */
    static final Duration REST_INTERVAL = Duration.ofSeconds(10);

    private final Duration interval;
    private final Supplier<Need> action;
    private final LongSupplier nanoClock;

    private @Nullable ProcessingContext context;
    private @Nullable Cancellable punctuation;
    private Need scheduledFor = Need.REST;
    private long tickedAtNanos;

    /**
     * @param interval between two runs in a hurry, or while records come
     */
    Ticker(Duration interval, Supplier<Need> action, LongSupplier nanoClock) {
        this.interval = interval;
        this.action = action;
        this.nanoClock = nanoClock;
    }

    void start(ProcessingContext newContext) {
        context = newContext;
        tickedAtNanos = nanoClock.getAsLong();
        schedule(Need.HURRY);
    }

    void stop() {
        if (punctuation != null) {
            punctuation.cancel();
            punctuation = null;
        }
    }

    /** A record was processed. */
    void onRecord() {
        // Half of it, so that the punctuation is put off before it is due.
        if (nanoClock.getAsLong() - tickedAtNanos >= interval.toNanos() / 2) {
            tick();
            schedule(Need.HURRY);
        } else if (scheduledFor != Need.HURRY) {
            schedule(Need.HURRY);
        }
    }

    private void punctuate() {
        Need need = tick();
        if (need != scheduledFor) {
            schedule(need);
        }
    }

    private Need tick() {
        tickedAtNanos = nanoClock.getAsLong();
        return action.get();
    }

    private Duration interval(Need need) {
        return switch (need) {
            case HURRY -> interval;
            case WATCH -> WATCH_INTERVAL;
            case IDLE -> IDLE_INTERVAL;
            case REST -> REST_INTERVAL;
        };
    }

    /** From now on, in place of what was scheduled before. */
    private void schedule(Need need) {
        stop();
        scheduledFor = need;
        ProcessingContext at = context;
        if (at != null) {
            punctuation =
                    at.schedule(
                            interval(need), PunctuationType.WALL_CLOCK_TIME, now -> punctuate());
        }
    }
}
