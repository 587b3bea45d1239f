package dev.farshore.apply.replica;

import dev.farshore.apply.harden.UnhardenedEvents;

import java.util.concurrent.locks.ReentrantLock;

/**
 * What a replica is made of. {@code lock} guards every change of {@code state}, and applying while
 * the replica is not live; see {@link CurrentReplicaState}.
 *
 * <p>Invariant: {@code unhardened} and {@code missing} speak of the image in use only. Who replaces
 * the image resets them.
 *
 * @param missed what has to be read before the replica is live again
 * @param missing the event it stands still for
 */
record ReplicaParts(
        ReentrantLock lock,
        CurrentReplicaState state,
        ImageOpener images,
        ImageComparison comparison,
        UnhardenedEvents unhardened,
        MissedRecords missed,
        MissingEvent missing) {}
