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
 * What is wanted of one partition, and the fetches of it under way. A record wanted by several is
 * wanted once.
 *
 * <p><b>Order.</b> Whoever has come first is next, unless a fetch under way is likely to bring what
 * he wants: that often has neighbours. Where it did not, nobody but a fetch of his own counts as
 * his any more. <b>So nobody starves:</b> each fetch answers the record that it was begun for, or
 * is given back; each want is passed over for the length of one fetch at most, and then only by
 * those that came before it.
 *
 * <p>Threading: none of its own; {@link FetchQueue} guards it.
 */
final class PartitionWants {
    /** So many wanted of so many next to each other are many. */
    private static final int MANY_RECORDS = 32;

    private static final int MANY_WITHIN_RECORDS = 128;

    /** How long a fetch may take before it is given up, at first, and after it has failed often. */
    private static final Duration MIN_PATIENCE = Duration.ofMillis(500);

    /** Kafka's client has given up by then. */
    private static final Duration MAX_PATIENCE =
            Duration.ofMillis(ReaderSettings.REQUEST_TIMEOUT_MILLIS + 1000);

    /** What fetches have taken counts so often. */
    private static final int PATIENCE_OVER_TAKEN = 8;

    private final int partition;
    private final Map<Long, Want> byArrival = new LinkedHashMap<>();
    private final NavigableMap<Long, Want> byOffset = new TreeMap<>();
    private final List<Claim> underWay = new ArrayList<>();

    /** What fetches have brought of late. */
    private long recordsOfSingle = 1;

    private long recordsOfMany = MANY_WITHIN_RECORDS;

    private long patienceNanos = MIN_PATIENCE.toNanos();

    /** Whether the last fetch was answered, or was not; neither before the first. */
    private boolean isAnswering;

    private boolean isFailing;

    /** An answer is empty where the log has no such record. */
    static final class Want {
        final long offset;
        final CompletableFuture<Optional<LogRecord>> answer = new CompletableFuture<>();
        private boolean wasMissed;

        Want(long offset) {
            this.offset = offset;
        }
    }

    /**
     * A fetch under way.
     *
     * @param from where it begins: somebody wants that
     * @param to it is likely to bring what lies before; exclusive
     * @param isMany whether much of that is wanted
     * @param patienceNanos after that it is given back
     */
    record Claim(int partition, long from, long to, boolean isMany, long patienceNanos) {
        private boolean isLikelyToBring(long offset) {
            return from <= offset && offset < to;
        }
    }

    PartitionWants(int partition) {
        this.partition = partition;
    }

    CompletableFuture<Optional<LogRecord>> want(long offset) {
        Want want = byOffset.computeIfAbsent(offset, Want::new);
        byArrival.putIfAbsent(offset, want);
        return want.answer;
    }

    boolean isEmpty() {
        return byOffset.isEmpty();
    }

    /** Whether the last fetch was not answered. */
    boolean isFailing() {
        return isFailing;
    }

    boolean isUnderWay() {
        return !underWay.isEmpty();
    }

    /** How many nobody is fetching, nor likely to bring. */
    int waiting() {
        return (int) byArrival.values().stream().filter(want -> !isUnderWay(want)).count();
    }

    /**
     * The next fetch; null if there is none to begin now. One at a time until there was an answer.
     *
     * @param mayBeMany whether the lane can fetch many at a time
     */
    @Nullable Claim claim(boolean mayBeMany) {
        if (!isAnswering && !underWay.isEmpty()) {
            return null;
        }
        for (Want want : byArrival.values()) {
            if (!isUnderWay(want)) {
                boolean isMany = mayBeMany && isMuchWanted(want.offset);
                long likely = isMany ? recordsOfMany : recordsOfSingle;
                Claim claim =
                        new Claim(
                                partition,
                                want.offset,
                                want.offset + likely,
                                isMany,
                                patienceNanos);
                underWay.add(claim);
                return claim;
            }
        }
        return null;
    }

    private boolean isUnderWay(Want want) {
        for (Claim claim : underWay) {
            if (claim.from == want.offset
                    || (!want.wasMissed && claim.isLikelyToBring(want.offset))) {
                return true;
            }
        }
        return false;
    }

    private boolean isMuchWanted(long from) {
        return byOffset.size() >= MANY_RECORDS
                && byOffset.subMap(from, from + MANY_WITHIN_RECORDS).size() >= MANY_RECORDS;
    }

    /**
     * Takes out whom a fetch answers: also who has come meanwhile.
     *
     * @param to after its last record
     * @param records it brought
     */
    List<Want> answered(Claim claim, long to, int records, long takenNanos) {
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
            byOffset.subMap(to, claim.to).values().forEach(want -> want.wasMissed = true);
        }
        return take(claim.from, to);
    }

    /** The fetch brought nothing. */
    void givenBack(Claim claim) {
        ends(claim, false);
        patienceNanos = Math.min(2 * patienceNanos, MAX_PATIENCE.toNanos());
    }

    /** Takes out all who want what lies before {@code to}: it is not there. */
    List<Want> refused(Claim claim, long to) {
        ends(claim, true);
        return take(0, to);
    }

    private void ends(Claim claim, boolean isAnswered) {
        underWay.remove(claim);
        isAnswering = isAnswered;
        isFailing = !isAnswered;
    }

    /** Takes out who waits for offsets of a range. */
    List<Want> take(long from, long to) {
        NavigableMap<Long, Want> range = byOffset.subMap(from, true, to, false);
        List<Want> taken = List.copyOf(range.values());
        range.clear();
        taken.forEach(want -> byArrival.remove(want.offset));
        return taken;
    }
}
