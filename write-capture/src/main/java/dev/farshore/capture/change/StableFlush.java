package dev.farshore.capture.change;

import dev.farshore.capture.journal.GroupCommit;
import dev.farshore.capture.publish.SeqWaiters;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.Durability;

import java.io.IOException;

/**
 * What a FLUSH or FUA reply waits for ({@code FlushedMeansKept}), by the volume's durability mode:
 *
 * <ul>
 *   <li>{@code LOCAL}: the journal is on stable storage up to the change. All who wait share one
 *       force.
 *   <li>{@code LOG}: all in-sync replicas of {@code farshore.writes} have the change, and it counts
 *       ({@link dev.farshore.capture.publish.CountedSeqs}).
 *   <li>{@code REMOTE}: another site has hardened it, in our epoch.
 * </ul>
 *
 * <p>{@code LOCAL} asks nobody else: an owner that was replaced and has not noticed may confirm
 * what will never count.
 *
 * <p>Threading: any thread. The mode may change at any time; a change that already waits goes on
 * waiting for what it was promised.
 */
public final class StableFlush implements AutoCloseable {
    private final String vvol;
    private final GroupCommit journal;
    private final SeqWaiters inLog;
    private final SeqWaiters hardenedElsewhere = new SeqWaiters(0);
    private volatile Durability durability;

    public StableFlush(String vvol, GroupCommit journal, SeqWaiters inLog, Durability durability) {
        this.vvol = vvol;
        this.journal = journal;
        this.inLog = inLog;
        this.durability = durability;
    }

    public void use(Durability mode) {
        durability = mode;
    }

    /** What a flush that comes now is promised. */
    Durability promised() {
        return durability;
    }

    void whenStable(Durability promised, long seq, Completion done) {
        switch (promised) {
            case LOCAL -> journal.whenStable(done::complete);
            case LOG, UNKNOWN -> inLog.await(seq, done);
            case REMOTE -> hardenedElsewhere.await(seq, done);
        }
    }

    /** Another site has hardened everything up to {@code seq}. */
    public void hardenedElsewhere(long seq) {
        hardenedElsewhere.reached(seq);
    }

    @Override
    public void close() {
        fail(new IOException(vvol + " is no longer written here"));
    }

    /** Fails all who wait for the log: nothing more gets there. */
    public void fail(IOException reason) {
        inLog.fail(reason);
        hardenedElsewhere.fail(reason);
    }
}
