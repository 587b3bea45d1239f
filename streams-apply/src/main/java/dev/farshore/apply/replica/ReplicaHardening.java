package dev.farshore.apply.replica;

import dev.farshore.apply.harden.UnhardenedEvents;
import dev.farshore.apply.image.Image;

import java.util.function.LongSupplier;

/**
 * Has a live replica's image hardened when it is due, and stops the replica when that fails.
 *
 * <p>Threading: the store's thread.
 */
public final class ReplicaHardening {
    private final CurrentReplicaState state;
    private final UnhardenedEvents unhardened;
    private final ReplicaLifecycle lifecycle;
    private final long intervalNanos;
    private final LongSupplier nanoClock;

    ReplicaHardening(
            CurrentReplicaState state,
            UnhardenedEvents unhardened,
            ReplicaLifecycle lifecycle,
            long intervalNanos,
            LongSupplier nanoClock) {
        this.state = state;
        this.unhardened = unhardened;
        this.lifecycle = lifecycle;
        this.intervalNanos = intervalNanos;
        this.nanoClock = nanoClock;
    }

    /** Starts hardening what is applied, if that is due. */
    public void startIfDue(long nowNanos) {
        if (state.get() instanceof ReplicaState.Live(Image image, Gap gap)
                && unhardened.isDue(nowNanos, intervalNanos)) {
            unhardened.start(image, nowNanos);
        }
    }

    /** Starts hardening what is applied, unless that is done or still being done. */
    public void start(long nowNanos) {
        if (state.get() instanceof ReplicaState.Live(Image image, Gap gap)) {
            unhardened.start(image, nowNanos);
        }
    }

    /** Looks whether the running hardening has ended, and how; a disk that hangs has failed. */
    public void collect() {
        if (state.get() instanceof ReplicaState.Live(Image image, Gap gap)) {
            unhardened
                    .collect()
                    .or(() -> unhardened.hung(nanoClock.getAsLong()))
                    .ifPresent(
                            failure ->
                                    lifecycle.stop(
                                            "hardening: " + FaultReason.of(failure),
                                            image,
                                            image.applied().writesOffset()));
        }
    }

    /**
     * Waits until what was begun at the disk has ended, well or not, but not beyond {@code
     * deadlineNanos}.
     */
    public void await(long deadlineNanos) {
        unhardened.await(Math.max(0, deadlineNanos - nanoClock.getAsLong()));
        collect();
    }

    /**
     * Offset of the first event that is applied and not hardened; MAX_VALUE if there is none.
     *
     * @param at the state that the caller goes by in other things, too
     */
    public long firstUnhardenedOffset(ReplicaState at) {
        return at instanceof ReplicaState.Live ? unhardened.firstOffset() : Long.MAX_VALUE;
    }

    /**
     * Begins to say in the superblock that an idle image is clean.
     *
     * @return whether there was something to say
     */
    public boolean startSettling() {
        if (state.get() instanceof ReplicaState.Live(Image image, Gap gap)
                && !unhardened.isRunning()
                && image.isConsistent()
                && !isSettled(image)) {
            unhardened.startSettling(image, nanoClock.getAsLong());
            return true;
        }
        return false;
    }

    /** Whether nothing of it will change before its next event: hardened, settled, and no fault. */
    public boolean isAtRest() {
        return switch (state.get()) {
            case ReplicaState.Live(Image image, Gap gap) ->
                    !gap.isOpen()
                            && unhardened.firstOffset() == Long.MAX_VALUE
                            && !unhardened.isRunning()
                            && image.isConsistent()
                            && isSettled(image);
            case ReplicaState.Absent(Gap gap) -> !gap.isOpen();
            case ReplicaState.Rejected rejected -> false;
            case ReplicaState.Stopped stopped -> false;
            case ReplicaState.CatchingUp catchingUp -> false;
        };
    }

    private static boolean isSettled(Image image) {
        return image.mixedUntilSeq() == image.applied().seq();
    }
}
