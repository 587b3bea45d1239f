package dev.farshore.apply.store;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.replica.ReplicaState;
import dev.farshore.schemas.event.Health;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The replicas of one partition, while its store is open.
 *
 * <p>Threading: the store's thread; {@link #find} and {@link #all} any.
 */
final class PartitionReplicas {
    private final int partition;
    private final ApplyEnvironment environment;
    private final Images images;
    private final LongSupplier seenOffset;

    // Concurrent: the repairing thread looks for replicas that are behind.
    private final Map<String, Replica> replicas = new ConcurrentHashMap<>();

    private boolean isActive;
    private long settledSeenOffset = PartitionProgress.NO_OFFSET;
    private long changedAtNanos;

    /**
     * @param seenOffset of the newest record of the partition that was seen
     */
    PartitionReplicas(
            int partition, ApplyEnvironment environment, Images images, LongSupplier seenOffset) {
        this.partition = partition;
        this.environment = environment;
        this.images = images;
        this.seenOffset = seenOffset;
        this.changedAtNanos = environment.nanoClock().getAsLong();
    }

    @Nullable Replica find(String vvol) {
        return replicas.get(vvol);
    }

    Replica findOrAdd(String vvol) {
        Replica known = replicas.get(vvol);
        return known == null ? add(vvol) : known;
    }

    private Replica add(String vvol) {
        Replica replica = new Replica(vvol, partition, environment, seenOffset);
        replica.setActive(isActive);
        replicas.put(vvol, replica);
        images.add(replica);
        return replica;
    }

    /** In no order. */
    Collection<Replica> all() {
        return replicas.values();
    }

    // ---- opening and closing ----

    /** Opens the images at their hardened positions. */
    void open(PartitionPosition position) {
        position.volumes().forEach((vvol, entry) -> open(position.offset(), vvol, entry));
    }

    private void open(long offset, String vvol, PartitionPosition.Entry entry) {
        Replica replica = add(vvol);
        if (Image.exists(environment.settings().directory(), vvol)) {
            if (entry.health() == Health.OK) {
                replica.lifecycle().open();
            } else {
                replica.lifecycle().openBehind(offset, entry.health(), entry.reason());
            }
        } else if (entry.health() == Health.GAP) {
            replica.lifecycle().recallGap(entry.reason());
        } else {
            // The partition's offset says nothing about an image that is gone.
            replica.lifecycle().rebuild(offset);
        }
    }

    void setActive(boolean active) {
        isActive = active;
        replicas.values().forEach(replica -> replica.setActive(active));
    }

    /** Hardens and settles all that disks take within their patience. */
    void hardenAndSettle() {
        long deadlineNanos =
                environment.nanoClock().getAsLong()
                        + environment.hardener().diskPatience().toNanos();
        for (int i = 0; i < 2; i++) { // what was under way does not cover all
            startHardening(environment.nanoClock().getAsLong());
            replicas.values().forEach(replica -> replica.hardening().await(deadlineNanos));
        }
        replicas.values().forEach(replica -> replica.hardening().startSettling());
        replicas.values().forEach(replica -> replica.hardening().await(deadlineNanos));
    }

    void close() {
        for (Replica replica : replicas.values()) {
            images.remove(replica);
            replica.lifecycle().close();
        }
        replicas.clear();
    }

    // ---- what is due ----

    /**
     * Collects hardenings that have ended, and starts those that are due.
     *
     * @return whether a replica needs a look at the log
     */
    boolean tick(long nowNanos) {
        boolean isLogWanted = false;
        for (Replica replica : replicas.values()) {
            replica.actOnComparison();
            replica.hardening().collect();
            replica.rereadAtGap(nowNanos);
            replica.hardening().startIfDue(nowNanos);
            isLogWanted |= replica.recovery().isBehind() || replica.lifecycle().isLogStartWanted();
        }
        return isLogWanted;
    }

    void startHardening(long nowNanos) {
        for (Replica replica : replicas.values()) {
            replica.hardening().start(nowNanos);
        }
    }

    void collectHardening() {
        for (Replica replica : replicas.values()) {
            replica.hardening().collect();
        }
    }

    /**
     * Settles an image when the partition has been idle for long. At most one at a time: it is in
     * no hurry, and others may want the disk.
     */
    void settleOneIfIdle(long nowNanos) {
        long seen = seenOffset.getAsLong();
        if (seen != settledSeenOffset) {
            settledSeenOffset = seen;
            changedAtNanos = nowNanos;
        } else if (nowNanos - changedAtNanos >= environment.settings().settleAfter().toNanos()) {
            for (Replica replica : replicas.values()) {
                if (replica.hardening().startSettling()) {
                    return;
                }
            }
        }
    }

    // ---- how they are ----

    boolean isEmpty() {
        return replicas.isEmpty();
    }

    boolean isHardening() {
        for (Replica replica : replicas.values()) {
            if (replica.hardening().firstUnhardenedOffset(replica.state()) != Long.MAX_VALUE) {
                return true;
            }
        }
        return false;
    }

    boolean isAtRest() {
        for (Replica replica : replicas.values()) {
            if (!replica.hardening().isAtRest()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a crash has left an image in no state that its volume ever had. Any thread. */
    boolean isAnyMixed() {
        for (Replica replica : replicas.values()) {
            if (replica.state() instanceof ReplicaState.Live live && !live.image().isConsistent()) {
                return true;
            }
        }
        return false;
    }

    /** All of the log that existed when the images were opened has been applied. */
    void declareConsistent() {
        for (Replica replica : replicas.values()) {
            if (replica.state() instanceof ReplicaState.Live live) {
                live.image().declareConsistent();
            }
        }
    }

    /**
     * {@code PositionMatchesData}: each replica's state is read once. The repair may make one live
     * at any time, with events that are not hardened: either it is still behind here, or its events
     * count.
     *
     * @param offset up to which all was seen
     */
    PartitionPosition position(long offset) {
        long hardenedOffset = offset;
        Map<String, PartitionPosition.Entry> entries = new TreeMap<>();
        for (Replica replica : replicas.values()) {
            ReplicaState state = replica.state();
            hardenedOffset =
                    Math.min(hardenedOffset, replica.hardening().firstUnhardenedOffset(state) - 1);
            if (state.image() != null || state.health() != Health.OK) {
                entries.put(
                        replica.vvol(),
                        new PartitionPosition.Entry(recorded(state.health()), state.reason()));
            }
        }
        return new PartitionPosition(hardenedOffset, entries);
    }

    /** That nothing but a seed helps is found out again after a restart. */
    private static Health recorded(Health health) {
        return health == Health.NEEDS_SEED ? Health.GAP : health;
    }
}
