package dev.farshore.apply.repair;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.replica.Replica;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * One pass over a partition's log for those of its volumes that are behind: from where the first of
 * them stands until each has read all that the partition has taken in without it.
 *
 * <p>Threading: the repairing thread.
 */
public final class CatchUp implements AutoCloseable {
    private final List<Replica> behind;

    /**
     * @param behind reopened
     */
    public CatchUp(List<Replica> behind) {
        this.behind = behind;
    }

    /**
     * Asks where the log ends. It may end before what the partition has taken in: then records were
     * lost, and nobody is to wait for them.
     */
    public void askForLogEnd(LongSupplier logEnd) {
        long[] missed = behind.stream().mapToLong(Replica::missedUntilOffset).toArray();
        long endOffset = logEnd.getAsLong();
        for (int i = 0; i < missed.length; i++) {
            behind.get(i).logEndsAt(endOffset, missed[i]);
        }
    }

    /** Where to begin to read. */
    public long fromOffset() {
        return behind.stream().mapToLong(Replica::resumeOffset).min().orElse(Long.MAX_VALUE);
    }

    public boolean isDone() {
        return behind.stream().noneMatch(Replica::isCatchingUp);
    }

    /** Takes the next record of the partition. */
    public void take(String vvol, long offset, Supplier<@Nullable Decoded<LogEvent>> record) {
        for (Replica volume : behind) {
            if (volume.isCatchingUp() && volume.vvol().equals(vvol)) {
                Decoded<LogEvent> decoded = record.get();
                if (decoded != null) {
                    volume.catchUp(decoded, offset);
                }
            }
        }
    }

    /** All that there is up to {@code offset} has been taken. */
    public void readUpTo(long offset) {
        behind.forEach(volume -> volume.caughtUpTo(offset));
    }

    /** Volumes that have not caught up wait for another pass. */
    @Override
    public void close() {
        behind.forEach(Replica::giveUpCatchingUp);
    }
}
