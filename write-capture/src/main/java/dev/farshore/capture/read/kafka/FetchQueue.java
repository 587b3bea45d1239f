package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.kafka.PartitionWants.Claim;
import dev.farshore.capture.read.kafka.PartitionWants.Want;
import dev.farshore.capture.read.latest.LogRecord;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What is wanted of all partitions, and the lanes that fetch it. Partitions take turns.
 *
 * <p><b>One whose broker is away holds up no other for long.</b> Until a partition has answered,
 * and again when it has not, one lane tries it and no more; and half of the lanes is what all
 * together have that have not answered the last time.
 *
 * <p>Threading: any thread.
 */
final class FetchQueue {
    private final int maxLanes;
    private final Duration idle;

    /** Those that somebody reads from. */
    private final Map<Integer, PartitionWants> partitions = new HashMap<>();

    /** Those of which something is wanted; the next in turn first. */
    private final LinkedHashSet<PartitionWants> turns = new LinkedHashSet<>();

    /** By slot, whether there is a lane. */
    private final BitSet lanes = new BitSet();

    private int waitingLanes;
    private boolean isClosed;

    /**
     * @param idle without work for so long, lanes end
     */
    FetchQueue(int maxLanes, Duration idle) {
        this.maxLanes = maxLanes;
        this.idle = idle;
    }

    synchronized void open(int partition) {
        partitions.computeIfAbsent(partition, PartitionWants::new);
    }

    /** Refuses what is wanted of a partition that nobody reads from any more. */
    void close(int partition) {
        List<Want> refused;
        synchronized (this) {
            PartitionWants wants = partitions.remove(partition);
            refused = wants == null ? List.of() : wants.take(0, Long.MAX_VALUE);
            turns.remove(wants);
        }
        refuse(refused, new IOException("nobody reads partition %d any more".formatted(partition)));
    }

    /** The answers, in the order of the offsets; empty where the log has no such record. */
    synchronized List<CompletableFuture<Optional<LogRecord>>> want(int partition, long[] offsets) {
        List<CompletableFuture<Optional<LogRecord>>> answers = new ArrayList<>(offsets.length);
        PartitionWants wants = partitions.get(partition);
        for (long offset : offsets) {
            answers.add(
                    wants == null || isClosed
                            ? CompletableFuture.failedFuture(new IOException("the node stops"))
                            : wants.want(offset));
        }
        if (wants != null && !wants.isEmpty()) {
            turns.add(wants);
            notify();
        }
        return answers;
    }

    // ---- lanes ----

    /**
     * Makes room for the first lane, or for further ones: at most for as many as there are, since
     * what takes long may do so only now.
     *
     * @param mayBeMore whether one is too few for what waits
     * @return slots of those to start
     */
    synchronized List<Integer> enlist(boolean mayBeMore) {
        int wanted = lanes.get(0) ? 0 : 1;
        if (mayBeMore && waitingLanes == 0) {
            wanted = Math.max(wanted, Math.min(waiting(), lanes.cardinality()));
        }
        List<Integer> slots = new ArrayList<>();
        while (wanted-- > 0 && lanes.cardinality() < maxLanes && !isClosed) {
            int slot = lanes.nextClearBit(0);
            lanes.set(slot);
            slots.add(slot);
        }
        return slots;
    }

    /**
     * Waits for the next fetch to make. Null tells the lane to end, and gives its slot away: when
     * it has been idle, unless it is the first and somebody reads.
     */
    synchronized @Nullable Claim take(int slot, boolean mayBeMany) {
        long idleAtNanos = System.nanoTime() + idle.toNanos();
        try {
            while (!isClosed) {
                Claim claim = claim(mayBeMany);
                if (claim != null) {
                    if (waitingLanes > 0 && waiting() > 0) {
                        notify(); // there is one for another lane, too
                    }
                    return claim;
                }
                long leftMillis = Duration.ofNanos(idleAtNanos - System.nanoTime()).toMillis();
                if (leftMillis > 0) {
                    await(leftMillis);
                } else if (slot > 0 || partitions.isEmpty()) {
                    break;
                } else {
                    await(idle.toMillis());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lanes.clear(slot);
        return null;
    }

    /** The lane of a slot has ended before it was told to. */
    synchronized void leave(int slot) {
        lanes.clear(slot);
    }

    private int waiting() {
        return turns.stream().mapToInt(PartitionWants::waiting).sum();
    }

    private void await(long millis) throws InterruptedException {
        waitingLanes++;
        try {
            wait(Math.max(1, millis));
        } finally {
            waitingLanes--;
        }
    }

    private @Nullable Claim claim(boolean mayBeMany) {
        long failing =
                turns.stream().filter(wants -> wants.isFailing() && wants.isUnderWay()).count();
        for (PartitionWants wants : turns) {
            if (wants.isFailing() && failing >= Math.ceilDiv(maxLanes, 2)) {
                continue;
            }
            Claim claim = wants.claim(mayBeMany);
            if (claim != null) {
                turns.remove(wants);
                turns.add(wants);
                return claim;
            }
        }
        return null;
    }

    /**
     * Takes out whom a fetch answers.
     *
     * @param to after its last record
     */
    List<Want> answered(Claim claim, long to, int records, long takenNanos) {
        synchronized (this) {
            PartitionWants wants = partitions.get(claim.partition());
            if (wants == null) {
                return List.of();
            }
            List<Want> answered = wants.answered(claim, to, records, takenNanos);
            endTurn(wants);
            return answered;
        }
    }

    /** The fetch brought nothing, and is still wanted. */
    synchronized void givenBack(Claim claim) {
        PartitionWants wants = partitions.get(claim.partition());
        if (wants != null) {
            wants.givenBack(claim);
            endTurn(wants);
        }
    }

    /** What lies before {@code to} can't be had. */
    void refused(Claim claim, long to, IOException why) {
        List<Want> refused = List.of();
        synchronized (this) {
            PartitionWants wants = partitions.get(claim.partition());
            if (wants != null) {
                refused = wants.refused(claim, to);
                endTurn(wants);
            }
        }
        refuse(refused, why);
    }

    private void endTurn(PartitionWants wants) {
        if (wants.isEmpty()) {
            turns.remove(wants);
        }
    }

    private static void refuse(List<Want> wants, IOException why) {
        wants.forEach(want -> want.answer.completeExceptionally(why));
    }

    /** Refuses everything; lanes end. */
    void close() {
        List<Want> refused = new ArrayList<>();
        synchronized (this) {
            isClosed = true;
            turns.clear();
            partitions.values().forEach(wants -> refused.addAll(wants.take(0, Long.MAX_VALUE)));
            notifyAll();
        }
        refuse(refused, new IOException("the node stops"));
    }
}
