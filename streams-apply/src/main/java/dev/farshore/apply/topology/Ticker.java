package dev.farshore.apply.topology;

import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Does something of a task at intervals, with few punctuations. They are dear: after each, Streams
 * takes half as many records in one go as before, and looks through all tasks of the thread between
 * two goes. So records bring the time with them while there are any; a punctuation comes only when
 * none did, seldom when nothing is about to end, and never to a task that has nothing.
 *
 * <p>Threading: the stream thread.
 */
final class Ticker {

    /** What the action waits for when it returns. */
    enum Need {
        /** Nothing, until the next record, or what another thread may find missing. */
        REST,
        /** What somebody may wish of a volume at rest. */
        IDLE,
        /** What other threads do in their own time. */
        WATCH,
        /** Something that ends soon, and somebody waits for it. */
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
     * @param interval in a hurry, or while records come
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
