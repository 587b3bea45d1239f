package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.kafka.PartitionRequests.Claim;
import dev.farshore.capture.read.kafka.PartitionRequests.Request;
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
 * The requests for records of all partitions, and the lanes that fetch them. Partitions take turns.
 *
 * <p><b>A partition whose broker is away holds up no other for long.</b> Only one lane at a time
 * tries a partition that has not answered yet, or whose last fetch failed; and all partitions whose
 * last fetch failed together get at most half of the lanes.
 *
 * <p>Threading: any thread.
 */
final class FetchQueue {
    private final int maxLanes;
    private final Duration idle;

    /** Partitions that somebody reads. */
    private final Map<Integer, PartitionRequests> partitions = new HashMap<>();

    /** Partitions with requests; the next in turn first. */
    private final LinkedHashSet<PartitionRequests> turns = new LinkedHashSet<>();

    /** Which slots have a lane. */
    private final BitSet lanes = new BitSet();

    private int waitingLanes;
    private boolean isClosed;

    /**
     * @param idle a lane ends after so long without work
     */
    FetchQueue(int maxLanes, Duration idle) {
        this.maxLanes = maxLanes;
        this.idle = idle;
    }

    synchronized void open(int partition) {
        partitions.computeIfAbsent(partition, PartitionRequests::new);
    }

    /** Refuses all requests to a partition that nobody reads any more. */
    void close(int partition) {
        List<Request> refused;
        synchronized (this) {
            PartitionRequests requests = partitions.remove(partition);
            refused = requests == null ? List.of() : requests.take(0, Long.MAX_VALUE);
            turns.remove(requests);
        }
        refuse(refused, new IOException("nobody reads partition %d any more".formatted(partition)));
    }

    /** The answers, in the order of the offsets; empty where the log has no such record. */
    synchronized List<CompletableFuture<Optional<LogRecord>>> request(
            int partition, long[] offsets) {
        List<CompletableFuture<Optional<LogRecord>>> answers = new ArrayList<>(offsets.length);
        PartitionRequests requests = partitions.get(partition);
        for (long offset : offsets) {
            answers.add(
                    requests == null || isClosed
                            ? CompletableFuture.failedFuture(new IOException("the node stops"))
                            : requests.request(offset));
        }
        if (requests != null && !requests.isEmpty()) {
            turns.add(requests);
            notify();
        }
        return answers;
    }

    // ---- lanes ----

    /**
     * Reserves slots for lanes to start: for the first lane, or for further ones. That at most
     * doubles the lanes, since a slow fetch may be slow only now.
     *
     * @param mayBeMore whether one lane is too few for what waits
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
     * Waits for the next fetch to make. Null tells the lane to end, and frees its slot: when it has
     * been idle, unless it is the first lane and somebody reads.
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

    /** The lane of a slot has failed. */
    synchronized void leave(int slot) {
        lanes.clear(slot);
    }

    private int waiting() {
        return turns.stream().mapToInt(PartitionRequests::waiting).sum();
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
                turns.stream()
                        .filter(requests -> requests.isFailing() && requests.isUnderWay())
                        .count();
        for (PartitionRequests requests : turns) {
            if (requests.isFailing() && failing >= Math.ceilDiv(maxLanes, 2)) {
                continue;
            }
            Claim claim = requests.claim(mayBeMany);
            if (claim != null) {
                turns.remove(requests);
                turns.add(requests);
                return claim;
            }
        }
        return null;
    }

    /**
     * Removes and returns the requests that a fetch answers.
     *
     * @param to after its last record
     */
    List<Request> answered(Claim claim, long to, int records, long takenNanos) {
        synchronized (this) {
            PartitionRequests requests = partitions.get(claim.partition());
            if (requests == null) {
                return List.of();
            }
            List<Request> answered = requests.answered(claim, to, records, takenNanos);
            endTurn(requests);
            return answered;
        }
    }

    /** The fetch brought nothing; its records are still requested. */
    synchronized void givenBack(Claim claim) {
        PartitionRequests requests = partitions.get(claim.partition());
        if (requests != null) {
            requests.givenBack(claim);
            endTurn(requests);
        }
    }

    /** Refuses the requests for what lies before {@code to}. */
    void refused(Claim claim, long to, IOException why) {
        List<Request> refused = List.of();
        synchronized (this) {
            PartitionRequests requests = partitions.get(claim.partition());
            if (requests != null) {
                refused = requests.refused(claim, to);
                endTurn(requests);
            }
        }
        refuse(refused, why);
    }

    private void endTurn(PartitionRequests requests) {
        if (requests.isEmpty()) {
            turns.remove(requests);
        }
    }

    private static void refuse(List<Request> requests, IOException why) {
        requests.forEach(request -> request.answer.completeExceptionally(why));
    }

    /** Refuses all requests, and has the lanes end. */
    void close() {
        List<Request> refused = new ArrayList<>();
        synchronized (this) {
            isClosed = true;
            turns.clear();
            partitions
                    .values()
                    .forEach(requests -> refused.addAll(requests.take(0, Long.MAX_VALUE)));
            notifyAll();
        }
        refuse(refused, new IOException("the node stops"));
    }
}
