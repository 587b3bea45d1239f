package dev.farshore.capture.read.kafka;

import dev.farshore.capture.read.latest.LogRecord;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The requests for records of one partition, and the fetches under way. Several readers that want
 * one record share a request.
 *
 * <p><b>Order.</b> The oldest request is next, unless a fetch under way is likely to bring its
 * record, as neighbours often come along. If that fetch did not, the request waits only for a fetch
 * of its own. <b>So nobody starves:</b> each fetch answers the record that it was begun for, or is
 * given back; and each request is passed over for the length of one fetch at most, and then only by
 * older ones.
 *
 * <p>Threading: none of its own; {@link FetchQueue} guards it.
 */
final class PartitionRequests {
    /** When 32 of 128 consecutive records are requested, they are read in one large fetch. */
    private static final int MANY_RECORDS = 32;

    private static final int MANY_WITHIN_RECORDS = 128;

    /** Initial fetch timeout. */
    private static final Duration MIN_PATIENCE = Duration.ofMillis(500);

    /** Maximum fetch timeout: Kafka's client has given up by then. */
    private static final Duration MAX_PATIENCE =
            Duration.ofMillis(ReaderSettings.REQUEST_TIMEOUT_MILLIS + 1000);

    /** The timeout is 8 × the time of the last fetch. */
    private static final int PATIENCE_OVER_TAKEN = 8;

    private final int partition;
    private final Map<Long, Request> byArrival = new LinkedHashMap<>();
    private final NavigableMap<Long, Request> byOffset = new TreeMap<>();
    private final List<Claim> underWay = new ArrayList<>();

    /** Records that a fetch brings, as a moving average. */
    private long recordsOfSingle = 1;

    private long recordsOfMany = MANY_WITHIN_RECORDS;

    private long patienceNanos = MIN_PATIENCE.toNanos();

    /** Whether the last fetch was answered, or was not; neither before the first. */
    private boolean isAnswering;

    private boolean isFailing;

    /** The answer is empty if the log has no such record. */
    static final class Request {
        final long offset;
        final CompletableFuture<Optional<LogRecord>> answer = new CompletableFuture<>();
        private boolean wasMissed;

        Request(long offset) {
            this.offset = offset;
        }
    }

    /**
     * A fetch under way.
     *
     * @param from where it begins: the record of the request it was begun for
     * @param to end of what it is likely to bring; exclusive
     * @param isMany whether much of that is requested
     * @param patienceNanos its timeout: after that it is given back
     */
    record Claim(int partition, long from, long to, boolean isMany, long patienceNanos) {
        private boolean isLikelyToBring(long offset) {
            return from <= offset && offset < to;
        }
    }

    PartitionRequests(int partition) {
        this.partition = partition;
    }

    CompletableFuture<Optional<LogRecord>> request(long offset) {
        Request request = byOffset.computeIfAbsent(offset, Request::new);
        byArrival.putIfAbsent(offset, request);
        return request.answer;
    }

    boolean isEmpty() {
        return byOffset.isEmpty();
    }

    /** Whether the last fetch failed. */
    boolean isFailing() {
        return isFailing;
    }

    boolean isUnderWay() {
        return !underWay.isEmpty();
    }

    /** Requests that no fetch under way is likely to answer. */
    int waiting() {
        return (int) byArrival.values().stream().filter(request -> !isUnderWay(request)).count();
    }

    /**
     * The next fetch; null if there is none to begin now. One at a time until one was answered.
     *
     * @param mayBeMany whether the lane can make large fetches
     */
    @Nullable Claim claim(boolean mayBeMany) {
        if (!isAnswering && !underWay.isEmpty()) {
            return null;
        }
        for (Request request : byArrival.values()) {
            if (!isUnderWay(request)) {
                boolean isMany = mayBeMany && isMuchRequested(request.offset);
                long likely = isMany ? recordsOfMany : recordsOfSingle;
                Claim claim =
                        new Claim(
                                partition,
                                request.offset,
                                request.offset + likely,
                                isMany,
                                patienceNanos);
                underWay.add(claim);
                return claim;
            }
        }
        return null;
    }

    private boolean isUnderWay(Request request) {
        for (Claim claim : underWay) {
            if (claim.from == request.offset
                    || (!request.wasMissed && claim.isLikelyToBring(request.offset))) {
                return true;
            }
        }
        return false;
    }

    private boolean isMuchRequested(long from) {
        return byOffset.size() >= MANY_RECORDS
                && byOffset.subMap(from, from + MANY_WITHIN_RECORDS).size() >= MANY_RECORDS;
    }

    /**
     * Removes and returns the requests that a fetch answers, also those that came meanwhile.
     *
     * @param to after its last record
     * @param records it brought
     */
    List<Request> answered(Claim claim, long to, int records, long takenNanos) {
        ends(claim, true);
        patienceNanos =
                Math.clamp(
                        takenNanos * PATIENCE_OVER_TAKEN,
                        MIN_PATIENCE.toNanos(),
                        MAX_PATIENCE.toNanos());
        if (claim.isMany) {
            recordsOfMany = Math.ceilDiv(recordsOfMany + records, 2);
        } else {
            recordsOfSingle = Math.ceilDiv(recordsOfSingle + records, 2);
        }
        if (to < claim.to) {
            byOffset.subMap(to, claim.to).values().forEach(request -> request.wasMissed = true);
        }
        return take(claim.from, to);
    }

    /** The fetch brought nothing. */
    void givenBack(Claim claim) {
        ends(claim, false);
        patienceNanos = Math.min(2 * patienceNanos, MAX_PATIENCE.toNanos());
    }

    /** Removes and returns all requests for what lies before {@code to}: it is not there. */
    List<Request> refused(Claim claim, long to) {
        ends(claim, true);
        return take(0, to);
    }

    private void ends(Claim claim, boolean isAnswered) {
        underWay.remove(claim);
        isAnswering = isAnswered;
        isFailing = !isAnswered;
    }

    /** Removes and returns the requests for a range of offsets. */
    List<Request> take(long from, long to) {
        NavigableMap<Long, Request> range = byOffset.subMap(from, true, to, false);
        List<Request> taken = List.copyOf(range.values());
        range.clear();
        taken.forEach(request -> byArrival.remove(request.offset));
        return taken;
    }
}
