package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.Health;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The {@link ReplicaState} a replica is in. It changes here only.
 *
 * <p>Invariant: an image that no state has any more is closed.
 *
 * <p>Threading: the store's thread applies; while the replica is not live, the repairing thread may
 * bring it back. Who changes the state, or applies while it is not live, holds the replica's lock.
 * A live replica needs no lock, because only the store's thread ends that state. Any thread may ask
 * for the state.
 */
final class CurrentReplicaState {
    private static final Logger LOG = LoggerFactory.getLogger(CurrentReplicaState.class);

    private final String vvol;
    private final int partition;
    private final ReentrantLock lock;
    private final ImageOpener images;

    private volatile ReplicaState state = new ReplicaState.Absent(Gap.NONE);
    private boolean isClosed;

    /**
     * @param lock of the replica
     */
    CurrentReplicaState(String vvol, int partition, ReentrantLock lock, ImageOpener images) {
        this.vvol = vvol;
        this.partition = partition;
        this.lock = lock;
        this.images = images;
    }

    ReplicaState get() {
        return state;
    }

    /** For good: the state stays, without its image. With the lock. */
    void close() {
        isClosed = true;
        images.close(state.image());
    }

    /** With the lock. */
    boolean isClosed() {
        return isClosed;
    }

    /** With the lock. */
    void change(ReplicaState next, String why) {
        if (!lock.isHeldByCurrentThread()) {
            throw new IllegalStateException("state of " + vvol + " changed without its lock");
        }
        ReplicaState before = state;
        state = next;
        if (before.image() != next.image()) {
            images.close(before.image());
        }
        boolean isNews = before.health() != next.health() || !before.reason().equals(next.reason());
        LOG.atLevel(!isNews ? Level.DEBUG : next.health() == Health.OK ? Level.INFO : Level.WARN)
                .addKeyValue("vvol", vvol)
                .addKeyValue("partition", partition)
                .addKeyValue("from", before.getClass().getSimpleName())
                .addKeyValue("to", next.getClass().getSimpleName())
                .addKeyValue("health", healthWithSeed(next))
                .log("Volume: {}", why);
    }

    /** An image that is otherwise in order may be part of a seed that has not ended. */
    static Health healthWithSeed(ReplicaState at) {
        Image image = at.image();
        boolean isSeeding =
                at.health() == Health.OK && image != null && image.applied().seed().isIncomplete();
        return isSeeding ? Health.SEEDING : at.health();
    }
}
