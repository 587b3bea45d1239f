package dev.farshore.apply.replica;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.UnhardenedEvents;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * One volume of a partition: takes its events to its image ({@link EventApplier}), hardens what was
 * applied, and stops for itself when something is wrong with it ({@link ReplicaLifecycle}). Nothing
 * here throws for a fault of the volume.
 *
 * <p>Threading: as {@link ReplicaLifecycle} says. What is about hardening is for the store's
 * thread.
 */
public final class Replica {
    public static final long NO_OFFSET = ReplicaLifecycle.NO_OFFSET;

    private final String vvol;
    private final ApplySettings settings;
    private final ReplicaLifecycle standing;
    private final MissingEvent missing = new MissingEvent();
    private final UnhardenedEvents unhardened;
    private final EventApplier applier;
    private final Hardener hardener;
    private final LongSupplier nanoClock;

    private volatile boolean isActive;

    public Replica(
            String vvol,
            int partition,
            ApplySettings settings,
            ApplyListener listener,
            ApplyCounters counters,
            LongSupplier seenOffset,
            Hardener hardener,
            LongSupplier nanoClock) {
        this.vvol = vvol;
        this.settings = settings;
        this.standing = new ReplicaLifecycle(vvol, partition, settings, seenOffset);
        this.hardener = hardener;
        this.nanoClock = nanoClock;
        this.unhardened = new UnhardenedEvents(nanoClock.getAsLong());
        this.applier =
                new EventApplier(
                        vvol,
                        settings,
                        listener,
                        counters,
                        standing,
                        missing,
                        unhardened,
                        hardener,
                        nanoClock);
    }

    public String vvol() {
        return vvol;
    }

    public ReplicaState state() {
        return standing.state();
    }

    public @Nullable Image image() {
        return standing.state().image();
    }

    public void setActive(boolean active) {
        isActive = active;
    }

    public ReplicaStatus status() {
        return standing.status(isActive);
    }

    /** See {@link ReplicaLifecycle#open}. */
    public void open(long upToOffset, Health health, String whyBehind) {
        standing.open(upToOffset, health, whyBehind);
    }

    /** See {@link ReplicaLifecycle#recallGap}. */
    public void recallGap(String gap) {
        standing.recallGap(gap);
    }

    /** See {@link ReplicaLifecycle#rebuild}. */
    public void rebuild(long upToOffset) {
        standing.rebuild(upToOffset);
    }

    /** Takes the next record of the volume in its partition. */
    public void apply(Decoded<LogEvent> record, long offset) {
        applier.apply(record, offset);
    }

    /**
     * Closes the image, when the disk is done with it. The state stays: closing is the end of this
     * object.
     */
    public void close() {
        if (hardener.isManual()) {
            standing.close();
        } else {
            unhardened.whenFinished(standing::close);
        }
    }

    // ---- what is not in the log any more ----

    /** Nothing but a seed will help, unless a missing event comes after all. */
    public void needSeed(String reason) {
        standing.needSeed(reason);
    }

    /** Whether it waits for an event that may not be in the log any more; any thread. */
    public boolean isLogStartWanted() {
        return !standing.isSeedNeeded()
                && switch (standing.state()) {
                    case ReplicaState.Absent(String gap) -> !gap.isEmpty();
                    case ReplicaState.Live(Image image, String gap) -> !gap.isEmpty();
                    case ReplicaState.CatchingUp catchingUp -> false;
                    case ReplicaState.Stopped stopped -> false;
                };
    }

    /**
     * The partition's log begins at {@code offset} by now. If that is behind where the volume
     * stands, the event it waits for was there, and is gone. (Or its owner has yet to send it
     * again: if it comes, the volume goes on.)
     */
    public void logBeginsAt(long offset) {
        standing.turn().lock();
        try {
            ReplicaState at = standing.state();
            Image image = at.image();
            ImagePosition applied = image == null ? ImagePosition.START : image.applied();
            if (isLogStartWanted() && offset > applied.writesOffset() + 1) {
                standing.needSeed(
                        "%s; the log begins with offset %d only, the image ends with %d"
                                .formatted(at.reason(), offset, applied.writesOffset()));
            }
        } finally {
            standing.turn().unlock();
        }
    }

    // ---- an image of another log ----

    /** See {@link ReplicaLifecycle#wantComparison()}. */
    public void wantComparison() {
        standing.wantComparison();
    }

    /** Whether the image is to be compared with the log. */
    public Comparison comparison() {
        return standing.comparison();
    }

    /** See {@link ReplicaLifecycle#compared}. */
    public void compared(Comparison before, Comparison result) {
        standing.compared(before, result);
    }

    /**
     * Acts on a comparison that has failed; on the store's thread.
     *
     * @param isWrittenHere whether this node goes on from a position as the volume's owner
     */
    public void takeComparison(Predicate<LogCursor> isWrittenHere) {
        if (!(comparison() instanceof Comparison.Failed(ImagePosition position, String why))) {
            return;
        }
        // At the owner, what was acknowledged is in the image, and nowhere else any more.
        boolean isOwners = isWrittenHere.test(position.cursor());
        if (isOwners || standing.takeTrust()) {
            standing.compared(comparison(), new Comparison.Done());
            standing.warn(
                    "%s; %s, and sites that lack something are seeded"
                            .formatted(
                                    why,
                                    isOwners
                                            ? "this node goes on as the volume's owner"
                                            : "somebody says that the image is to be trusted"));
        } else {
            applier.disown(why);
        }
    }

    // ---- hardening, on the store's thread ----

    /** Starts hardening what is applied, if that is due. */
    public void hardenIfDue(long nowNanos) {
        if (state() instanceof ReplicaState.Live(Image image, String gap)
                && unhardened.isDue(nowNanos, settings.hardenInterval().toNanos())) {
            unhardened.start(image, hardener, nowNanos);
        }
    }

    /** Starts hardening what is applied, unless that is done or still being done. */
    public void startHardening(long nowNanos) {
        if (state() instanceof ReplicaState.Live(Image image, String gap)) {
            unhardened.start(image, hardener, nowNanos);
        }
    }

    /** Looks whether the running hardening has ended, and how. */
    public void collectHardening() {
        if (state() instanceof ReplicaState.Live(Image image, String gap)) {
            unhardened
                    .collect()
                    .or(() -> unhardened.hung(hardener, nanoClock.getAsLong()))
                    .ifPresent(failure -> stopHardening(image, failure));
        }
    }

    private void stopHardening(Image image, Throwable failure) {
        standing.stop(
                Health.FAULTED,
                "hardening: " + ReplicaLifecycle.describe(failure),
                image,
                image.applied().writesOffset());
    }

    /** Offset of the first event that is applied and not hardened; MAX_VALUE if there is none. */
    public long firstUnhardenedOffset() {
        return firstUnhardenedOffset(state());
    }

    /** The same in a state that the caller goes by in other things, too. */
    public long firstUnhardenedOffset(ReplicaState at) {
        return at instanceof ReplicaState.Live ? unhardened.firstOffset() : Long.MAX_VALUE;
    }

    /**
     * Begins to say in the superblock that an idle image is clean.
     *
     * @return whether there was something to say
     */
    public boolean startSettling() {
        if (state() instanceof ReplicaState.Live(Image image, String gap)
                && !unhardened.isRunning()
                && image.isConsistent()
                && image.mixedUntilSeq() != image.applied().seq()) {
            unhardened.startSettling(image, hardener, nanoClock.getAsLong());
            return true;
        }
        return false;
    }

    /**
     * Waits until what was begun at the disk has ended, well or not.
     *
     * @param deadlineNanos not for longer
     */
    public void awaitHardening(long deadlineNanos) {
        unhardened.await(hardener, Math.max(0, deadlineNanos - System.nanoTime()));
        collectHardening();
    }

    /** Whether nothing of it will change before its next event: hardened, settled, and no fault. */
    public boolean isAtRest() {
        return switch (state()) {
            case ReplicaState.Live(Image image, String gap) ->
                    gap.isEmpty()
                            && unhardened.firstOffset() == Long.MAX_VALUE
                            && !unhardened.isRunning()
                            && image.isConsistent()
                            && image.mixedUntilSeq() == image.applied().seq();
            case ReplicaState.Absent(String gap) -> gap.isEmpty();
            case ReplicaState.Stopped stopped -> false;
            case ReplicaState.CatchingUp catchingUp -> false;
        };
    }

    /** Whether a crash has left the image in no state that the volume ever had. */
    public boolean isMixed() {
        return state() instanceof ReplicaState.Live(Image image, String gap)
                && !image.isConsistent();
    }

    // ---- repair ----

    /** Stops at a gap that stays, to be read again from its own position; on the store's thread. */
    public void rereadAtGap(long nowNanos) {
        if (state() instanceof ReplicaState.Live(Image image, String gap)
                && missing.isToBeReread(nowNanos, settings.retryInterval().toNanos())) {
            standing.stop(Health.GAP, gap, image, NO_OFFSET);
        }
    }

    /** Whether reading the log again may help. */
    public boolean isBehind() {
        return standing.isBehind();
    }

    /**
     * Opens a stopped image again at its hardened position; on the repairing thread, as what
     * follows.
     *
     * @return whether it can catch up from there
     */
    public boolean reopen() {
        standing.turn().lock();
        try {
            if (unhardened.isUnfinished() && !hardener.isManual()) {
                return false; // closing the image would wait for a disk that hangs
            }
            boolean isCatchingUp = standing.reopen();
            if (isCatchingUp) {
                unhardened.reset();
                missing.forget();
            }
            return isCatchingUp;
        } finally {
            standing.turn().unlock();
        }
    }

    /** Where to read from when catching up. */
    public long resumeOffset() {
        Image image = image();
        return image == null ? Long.MAX_VALUE : image.applied().writesOffset() + 1;
    }

    public boolean isCatchingUp() {
        return state() instanceof ReplicaState.CatchingUp;
    }

    /** Takes a record read for the repair. */
    public void catchUp(Decoded<LogEvent> record, long offset) {
        applier.catchUp(record, offset);
    }

    /** See {@link ReplicaLifecycle#missedUntilOffset}. */
    public long missedUntilOffset() {
        return standing.missedUntilOffset();
    }

    /** See {@link ReplicaLifecycle#logEndsAt}. */
    public void logEndsAt(long endOffset, long missedBefore) {
        standing.logEndsAt(endOffset, missedBefore);
    }

    /** See {@link ReplicaLifecycle#caughtUpTo}. */
    public void caughtUpTo(long offset) {
        standing.caughtUpTo(offset);
    }

    /** Waits for the next attempt if the repair ended before it had caught up. */
    public void giveUpCatchingUp() {
        standing.giveUpCatchingUp();
    }
}
