package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageCorruptException;

import java.io.IOException;

/**
 * Brings a stopped replica back: opens its image at its hardened position and lets it read the log
 * for itself until it is where its partition is.
 *
 * <p>Invariant: a replica is not live before it has read all that its partition has taken in
 * without it ({@link MissedRecords}).
 *
 * <p>Threading: the repairing thread; {@link #isBehind} any.
 */
public final class ReplicaRecovery {
    static final String IMAGE_GONE = "the image is gone; it is built again from the log";

    private final ReplicaParts parts;

    ReplicaRecovery(ReplicaParts parts) {
        this.parts = parts;
    }

    private ReplicaState state() {
        return parts.state().get();
    }

    /** Whether reading the log again may help. */
    public boolean isBehind() {
        return switch (state()) {
            case ReplicaState.Stopped stopped ->
                    !stopped.fault().isEmpty() || stopped.image() != null;
            case ReplicaState.CatchingUp catchingUp -> true;
            case ReplicaState.Rejected rejected -> !parts.images().exists();
            case ReplicaState.Absent absent -> false;
            case ReplicaState.Live live -> false;
        };
    }

    /**
     * Opens a stopped image again at its hardened position.
     *
     * @return whether it can catch up from there
     */
    public boolean reopen() {
        parts.lock().lock();
        try {
            if (parts.unhardened().isDiskAtWork()) {
                return false; // closing the image would wait for a disk that hangs
            }
            if (state() instanceof ReplicaState.Rejected rejected && !parts.images().exists()) {
                parts.missed().note(ReplicaLifecycle.NO_OFFSET);
                parts.state().change(rejected.toRebuild(IMAGE_GONE), IMAGE_GONE);
            }
            if (parts.state().isClosed()
                    || !(state() instanceof ReplicaState.Stopped stopped)
                    || !isBehind()) {
                return false;
            }
            parts.images().close(stopped.image()); // it is opened again
            Image image = parts.images().open();
            parts.comparison().want(image);
            parts.state().change(stopped.toCatchingUp(image), "catching up from its own position");
            parts.unhardened().reset();
            parts.missing().forget();
            return true;
        } catch (ImageCorruptException e) {
            String reason = FaultReason.of(e);
            parts.state().change(state().toRejected(reason), "needs a seed: " + reason);
            return false;
        } catch (IOException e) {
            String reason = FaultReason.of(e);
            parts.state().change(state().toStopped(reason, null), "can't be opened: " + reason);
            return false;
        } finally {
            parts.lock().unlock();
        }
    }

    public boolean isCatchingUp() {
        return state() instanceof ReplicaState.CatchingUp;
    }

    /** Where to read from when catching up. */
    public long resumeOffset() {
        Image image = state().image();
        return image == null ? Long.MAX_VALUE : image.applied().writesOffset() + 1;
    }

    /** What it has to read. */
    public MissedRecords missed() {
        return parts.missed();
    }

    /**
     * All records up to {@code offset} have been read for the repair: if that is as far as the
     * partition has got, the replica is live again, and the partition's next event is its own.
     */
    public void caughtUpTo(long offset) {
        parts.lock().lock();
        try {
            if (state() instanceof ReplicaState.CatchingUp at
                    && offset >= parts.missed().untilOffset()) {
                parts.missed().forget();
                parts.state().change(at.toLive(), "caught up at offset " + offset);
            }
        } finally {
            parts.lock().unlock();
        }
    }

    /** Waits for the next attempt if the repair ended before it had caught up. */
    public void giveUp() {
        parts.lock().lock();
        try {
            if (state() instanceof ReplicaState.CatchingUp at) {
                parts.state().change(at.toInterrupted(), "catching up was interrupted");
            }
        } finally {
            parts.lock().unlock();
        }
    }
}
