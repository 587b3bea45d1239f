package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageCorruptException;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.EventHeader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Opens a replica's image, stops the replica for itself when something is wrong with it, and begins
 * it anew with a seed. How it comes back from a stop is {@link ReplicaRecovery}.
 *
 * <p>Threading: the store's thread, but where it says otherwise.
 */
public final class ReplicaLifecycle {
    static final long NO_OFFSET = -1;

    private final ReplicaParts parts;

    ReplicaLifecycle(ReplicaParts parts) {
        this.parts = parts;
    }

    private ReplicaState state() {
        return parts.state().get();
    }

    // ---- opening and closing ----

    /** Opens the image, or makes one, at its hardened position: it is where its partition is. */
    public void open() {
        parts.lock().lock();
        try {
            if (state() instanceof ReplicaState.Absent absent) {
                parts.state().change(absent.toLive(openImage()), "opened");
            }
        } catch (ImageCorruptException e) {
            parts.missed().note(NO_OFFSET);
            reject(FaultReason.of(e), "needs a seed: " + FaultReason.of(e));
        } catch (IOException e) {
            stop(FaultReason.of(e), null, NO_OFFSET);
        } finally {
            parts.lock().unlock();
        }
    }

    /**
     * Opens the image of a replica that was behind its partition when the node stopped.
     *
     * @param partitionOffset what it must have read to be where its partition is
     * @param health it had then, for {@code reason}
     */
    public void openBehind(long partitionOffset, Health health, String reason) {
        boolean isAtGap = health == Health.GAP;
        String fault = isAtGap ? "" : reason;
        Gap gap = isAtGap ? Gap.waiting(reason) : Gap.NONE;
        parts.lock().lock();
        try {
            parts.missed().note(partitionOffset);
            if (state() instanceof ReplicaState.Absent absent) {
                parts.state()
                        .change(
                                absent.toBehind(openImage(), fault, gap),
                                "was behind when the node stopped: " + reason);
            }
        } catch (ImageCorruptException e) {
            reject(FaultReason.of(e), "needs a seed: " + FaultReason.of(e));
        } catch (IOException e) {
            stop(FaultReason.of(e), null, partitionOffset);
        } finally {
            parts.lock().unlock();
        }
    }

    private Image openImage() throws IOException {
        Image image = parts.images().open();
        parts.comparison().want(image);
        return image;
    }

    /** There is no image, and there was no event that could have made one. */
    public void recallGap(String reason) {
        changeGap(Gap.waiting(reason), reason);
    }

    /** The image is gone: it is made again from the log, up to {@code partitionOffset} at least. */
    public void rebuild(long partitionOffset) {
        stop(ReplicaRecovery.IMAGE_GONE, null, partitionOffset);
    }

    /** Begins with an empty image at a {@code SEED_STARTED}; what there was is thrown away. */
    void beginAt(EventHeader started, long offset) {
        parts.lock().lock();
        try {
            ReplicaState before = state();
            parts.unhardened().reset();
            parts.missing().reset();
            parts.images().close(before.image()); // its files are replaced
            Image begun = parts.images().beginAt(started, offset);
            parts.comparison().forget();
            parts.state()
                    .change(
                            before.toSeeded(begun),
                            "begins anew with the seed at event %d, offset %d"
                                    .formatted(started.seq(), offset));
        } catch (IOException e) {
            stop("beginning anew with a seed: " + FaultReason.of(e), null, offset);
        } finally {
            parts.lock().unlock();
        }
    }

    /** Closes the image when the disk is done with it. That is the end of this object. */
    public void close() {
        parts.unhardened().whenFinished(this::closeNow);
    }

    private void closeNow() {
        parts.lock().lock();
        try {
            parts.state().close();
        } finally {
            parts.lock().unlock();
        }
    }

    // ---- an image of another log ----

    /** Records come again from further back: perhaps from another log. */
    public void wantComparison() {
        parts.lock().lock();
        try {
            Image image = state().image();
            if (image != null) {
                parts.comparison().wantAgain(image);
            }
        } finally {
            parts.lock().unlock();
        }
    }

    /**
     * The image is not of this log. It is left as it is, and nobody reads it, until a seed begins,
     * or somebody moves it away.
     */
    void disown(String why) {
        String reason =
                "%s; the image is kept as it is until the owner seeds the volume, or %s and its superblock are moved away"
                        .formatted(why, parts.images().dataPath());
        parts.lock().lock();
        try {
            reject(reason, reason);
            parts.unhardened().reset();
            parts.missing().reset();
            parts.missed().note(NO_OFFSET);
            parts.comparison().forget();
        } finally {
            parts.lock().unlock();
        }
    }

    private void reject(String reason, String why) {
        parts.state().change(state().toRejected(reason), why);
    }

    // ---- faults and gaps ----

    /**
     * The replica does not follow its partition any more.
     *
     * @param image for readers; null if there is none
     * @param offset of the record that it could not take; -1 if the partition has none ahead of it
     */
    void stop(String fault, @Nullable Image image, long offset) {
        parts.lock().lock();
        try {
            parts.missed().note(offset);
            parts.state().change(state().toStopped(fault, image), fault);
        } finally {
            parts.lock().unlock();
        }
    }

    /** Stops at a gap that stays, to read the log again. */
    void rereadAtGap(long nowNanos, long retryNanos) {
        if (state() instanceof ReplicaState.Live
                && parts.missing().isToBeReread(nowNanos, retryNanos)) {
            parts.lock().lock();
            try {
                // As it is now: another thread may have found meanwhile that it needs a seed.
                if (state() instanceof ReplicaState.Live live) {
                    parts.missed().note(NO_OFFSET);
                    parts.state().change(live.toReread(), live.reason());
                }
            } finally {
                parts.lock().unlock();
            }
        }
    }

    /** Stands still for an event that is missing. */
    void waitForEvent(String reason) {
        parts.lock().lock();
        try {
            changeGap(state().gap().changedTo(reason), reason);
        } finally {
            parts.lock().unlock();
        }
    }

    /** The event that was missing has come. */
    void fillGap(String why) {
        changeGap(Gap.NONE, why);
    }

    private void changeGap(Gap gap, String why) {
        parts.lock().lock();
        try {
            parts.state().change(state().withGap(gap), why);
        } finally {
            parts.lock().unlock();
        }
    }

    /** Nothing but a seed will help, unless a missing event comes after all; any thread. */
    public void needSeed(String reason) {
        parts.lock().lock();
        try {
            ReplicaState next =
                    state() instanceof ReplicaState.Stopped stopped
                            ? stopped.toSeedNeeded(reason)
                            : state().withGap(Gap.seedNeeded(reason));
            parts.state().change(next, "needs a seed: " + reason);
        } finally {
            parts.lock().unlock();
        }
    }

    /** Whether it waits for an event that may not be in the log any more; any thread. */
    public boolean isLogStartWanted() {
        ReplicaState at = state();
        boolean isFollowing =
                switch (at) {
                    case ReplicaState.Absent absent -> true;
                    case ReplicaState.Live live -> true;
                    case ReplicaState.Rejected rejected -> false;
                    case ReplicaState.Stopped stopped -> false;
                    case ReplicaState.CatchingUp catchingUp -> false;
                };
        return isFollowing && at.gap().isOpen() && !at.gap().isSeedNeeded();
    }

    /**
     * The partition's log begins at {@code offset} by now. If that is behind where the image
     * stands, the event it waits for was there, and is gone. (Or its owner has yet to send it
     * again: if it comes, the replica goes on.) Any thread.
     */
    public void logBeginsAt(long offset) {
        parts.lock().lock();
        try {
            Image image = state().image();
            ImagePosition applied = image == null ? ImagePosition.START : image.applied();
            if (isLogStartWanted() && offset > applied.writesOffset() + 1) {
                needSeed(
                        "%s; the log begins with offset %d only, the image ends with %d"
                                .formatted(state().reason(), offset, applied.writesOffset()));
            }
        } finally {
            parts.lock().unlock();
        }
    }
}
