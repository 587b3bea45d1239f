package dev.farshore.apply.replica;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.UnhardenedEvents;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * One volume of a partition at this site: takes its records to its image ({@link EventApplier}), if
 * the state it is in has one. Nothing here throws for a fault of the volume.
 *
 * <p>Threading: as {@link CurrentReplicaState} says.
 */
public final class Replica {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

    private final String vvol;
    private final int partition;
    private final ApplyEnvironment environment;

    /**
     * Guards the state's changes, and applying while it is not live; see {@link
     * CurrentReplicaState}.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final CurrentReplicaState state;
    private final ImageComparison comparison = new ImageComparison();
    private final MissedRecords missed;
    private final ReplicaLifecycle lifecycle;
    private final ReplicaRecovery recovery;
    private final ReplicaHardening hardening;
    private final EventApplier applier;

    private volatile boolean isActive;
    private volatile String warning = "";

    /**
     * @param seenOffset of the newest record that the partition has taken in
     */
    public Replica(
            String vvol, int partition, ApplyEnvironment environment, LongSupplier seenOffset) {
        this.vvol = vvol;
        this.partition = partition;
        this.environment = environment;
        ImageOpener images = new ImageOpener(vvol, partition, environment.settings());
        state = new CurrentReplicaState(vvol, partition, lock, images);
        missed = new MissedRecords(seenOffset);
        UnhardenedEvents unhardened =
                new UnhardenedEvents(environment.hardener(), environment.nanoClock());
        ReplicaParts parts =
                new ReplicaParts(
                        lock, state, images, comparison, unhardened, missed, new MissingEvent());
        lifecycle = new ReplicaLifecycle(parts);
        recovery = new ReplicaRecovery(parts);
        hardening =
                new ReplicaHardening(
                        state,
                        unhardened,
                        lifecycle,
                        environment.settings().hardenInterval().toNanos(),
                        environment.nanoClock());
        applier = new EventApplier(vvol, parts, lifecycle, environment);
    }

    public String vvol() {
        return vvol;
    }

    public ReplicaState state() {
        return state.get();
    }

    /** The open image; null while there is none. */
    public @Nullable Image image() {
        return state.get().image();
    }

    /** How far the image has been compared with the log. */
    public ImageComparison comparison() {
        return comparison;
    }

    /** Opens it, and stops it for itself. */
    public ReplicaLifecycle lifecycle() {
        return lifecycle;
    }

    /** Brings it back. */
    public ReplicaRecovery recovery() {
        return recovery;
    }

    /** Makes stable what it has applied. */
    public ReplicaHardening hardening() {
        return hardening;
    }

    /** Whether this node answers for the volume; false for a hot copy that follows another node. */
    public void setActive(boolean active) {
        isActive = active;
    }

    public ReplicaStatus status() {
        ReplicaState at = state.get();
        Image image = at.image();
        return new ReplicaStatus(
                vvol,
                partition,
                isActive,
                CurrentReplicaState.healthWithSeed(at),
                at.reason().isEmpty() ? warning : at.reason(),
                image == null ? ImagePosition.START : image.applied(),
                image == null ? ImagePosition.START : image.hardened(),
                image != null && image.isConsistent() && !image.applied().seed().isIncomplete(),
                comparison.current() instanceof Comparison.Done);
    }

    /** Takes the next record of the volume in its partition. */
    public void apply(Decoded<LogEvent> record, long offset) {
        actOnComparison();
        if (state.get() instanceof ReplicaState.Live live) {
            applier.apply(live.image(), record, offset);
            return;
        }
        lock.lock();
        try {
            switch (state.get()) {
                case ReplicaState.Live live -> applier.apply(live.image(), record, offset);
                case ReplicaState.Absent absent -> applier.applyFirst(record, offset);
                case ReplicaState.Rejected rejected -> applier.applyToRejected(record, offset);
                case ReplicaState.Stopped stopped -> missed.note(offset);
                case ReplicaState.CatchingUp catchingUp -> missed.note(offset);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes a record read for the repair; on the repairing thread. */
    public void catchUp(Decoded<LogEvent> record, long offset) {
        lock.lock();
        try {
            if (state.get() instanceof ReplicaState.CatchingUp catchingUp) {
                applier.apply(catchingUp.image(), record, offset);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Stops at a gap that stays, to be read again from its own position. */
    public void rereadAtGap(long nowNanos) {
        lifecycle.rereadAtGap(nowNanos, environment.settings().retryInterval().toNanos());
    }

    /**
     * Acts on a comparison that has failed: the image is given up, unless it is the owner's, or an
     * operator trusts it. On the store's thread.
     */
    public void actOnComparison() {
        if (!(comparison.current() instanceof Comparison.Failed failed)) {
            return;
        }
        // At the owner, what was acknowledged is in the image, and nowhere else any more.
        boolean isOwners = environment.isWrittenHere().test(failed.position().cursor());
        if (isOwners || TrustMarker.take(environment.settings().directory(), vvol)) {
            comparison.finish(failed, new Comparison.Done());
            warn(
                    "%s; %s, and sites that lack something are seeded"
                            .formatted(
                                    failed.why(),
                                    isOwners
                                            ? "this node goes on as the volume's owner"
                                            : "somebody says that the image is to be trusted"));
        } else {
            lifecycle.disown(failed.why());
        }
    }

    /** Says of an image that is in order what others should know. */
    private void warn(String text) {
        warning = text;
        LOG.atError().addKeyValue("vvol", vvol).addKeyValue("partition", partition).log(text);
    }
}
