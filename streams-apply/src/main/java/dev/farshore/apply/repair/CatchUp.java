package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.replica.Replica;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One pass over a partition's log for those of its replicas that are behind: from where the first
 * of them stands until each has read all that the partition has taken in without it.
 *
 * <p>Threading: the repairing thread.
 */
final class CatchUp implements AutoCloseable {
    private final List<Replica> behind;

    /**
     * @param behind reopened
     */
    CatchUp(List<Replica> behind) {
        this.behind = behind;
    }

    /**
     * Asks where the log ends. It may end before what the partition has taken in: then records were
     * lost, and nobody is to wait for them.
     */
    void askForLogEnd(LongSupplier logEnd) {
        long[] missed =
                behind.stream()
                        .mapToLong(replica -> replica.recovery().missed().untilOffset())
                        .toArray();
        long endOffset = logEnd.getAsLong();
        for (int i = 0; i < missed.length; i++) {
            behind.get(i).recovery().missed().logEndsAt(endOffset, missed[i]);
        }
    }

    /** Where to begin to read. */
    long fromOffset() {
        return behind.stream()
                .mapToLong(replica -> replica.recovery().resumeOffset())
                .min()
                .orElse(Long.MAX_VALUE);
    }

    boolean isDone() {
        return behind.stream().noneMatch(replica -> replica.recovery().isCatchingUp());
    }

    /** Takes the next record of the partition. */
    void take(String vvol, long offset, Supplier<@Nullable Decoded<LogEvent>> record) {
        for (Replica replica : behind) {
            if (replica.recovery().isCatchingUp() && replica.vvol().equals(vvol)) {
                Decoded<LogEvent> decoded = record.get();
                if (decoded != null) {
                    replica.catchUp(decoded, offset);
                }
            }
        }
    }

    /** All that there is up to {@code offset} has been taken. */
    void readUpTo(long offset) {
        behind.forEach(replica -> replica.recovery().caughtUpTo(offset));
    }

    /** Replicas that have not caught up wait for another pass. */
    @Override
    public void close() {
        behind.forEach(replica -> replica.recovery().giveUp());
    }
}
