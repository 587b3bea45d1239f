package dev.farshore.capture.publish;

import dev.farshore.schemas.topic.Topics;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * The record of one lane that is refused, until it is taken; logs the first refusal and the end.
 * Threading: any thread.
 */
final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private final RecordTarget target;
    private final LongSupplier nanoClock;
    private final AtomicReference<@Nullable RefusedRecord> latest = new AtomicReference<>();

    /**
     * @param nanoClock as {@link System#nanoTime}
     */
    Refusals(RecordTarget target, LongSupplier nanoClock) {
        this.target = target;
        this.nanoClock = nanoClock;
    }

    /** The record of event {@code seq}, or of its header, can't get into its topic. */
    void refused(long seq, boolean isHeader, Throwable error) {
        String topic = isHeader ? Topics.HEADERS : Topics.WRITES;
        RefusedRecord before = latest.get();
        RefusedRecord now =
                RefusedRecord.after(before, seq, isHeader, topic, error, nanoClock.getAsLong());
        latest.set(now);
        if (before == null) {
            log.atError()
                    .addKeyValue("vvol", target.vvol())
                    .addKeyValue("partition", target.partition())
                    .log("volume can't be published; trying again: {}", now.problem());
        }
    }

    /**
     * All events up to {@code seq}, or all their headers, have been taken.
     *
     * @return whether one was refused, and none is any more
     */
    boolean taken(long seq, boolean isHeader) {
        RefusedRecord refused = latest.get();
        boolean isTaken =
                refused != null
                        && refused.seq() <= seq
                        && refused.isHeader() == isHeader
                        && latest.compareAndSet(refused, null);
        if (isTaken) {
            log.atInfo()
                    .addKeyValue("vvol", target.vvol())
                    .addKeyValue("seq", seq)
                    .log("publishing goes on: what was refused is taken");
        }
        return isTaken;
    }

    /** Whether a record is refused and has not been taken yet. */
    boolean isAny() {
        return latest.get() != null;
    }

    /** Whether it is too early to try the refused record again. */
    boolean isWaiting() {
        RefusedRecord refused = latest.get();
        return refused != null && nanoClock.getAsLong() - refused.retryNanos() < 0;
    }

    /** What is wrong and what to do; empty if nothing is refused. */
    String problem() {
        RefusedRecord refused = latest.get();
        return refused == null ? "" : refused.problem();
    }
}
