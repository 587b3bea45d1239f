package dev.farshore.capture.publish;

import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.Sha256;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/**
 * How far one volume's events have got: sent, acknowledged, header sent, header acknowledged.
 *
 * <p>Each {@link Attempt} has a number, and only the current one's acknowledgements count: what an
 * earlier one had under way may still be acknowledged, and is sent again by its successor, behind
 * the newest that counts.
 *
 * <p>Invariant: {@code headerAckedSeq < nextHeaderSeq <= ackedSeq + 1 <= nextToSendSeq}.
 *
 * <p>Threading: the publisher's thread begins attempts and sends, the producer's acknowledges, any
 * may read. What only the publisher's thread writes, it reads without the lock.
 */
final class LaneProgress {
    private static final int NO_ATTEMPT = 0;

    /** What an acknowledgement was. */
    enum Acknowledged {
        /** Of an earlier attempt: nothing has changed. */
        TOO_LATE,
        /** Nothing was sent: the producer's order can't be relied on. */
        UNEXPECTED,
        COUNTED,
        /** It counts, and there is room again in a window that was full. */
        COUNTED_AND_WINDOW_OPENED
    }

    private final int partition;
    private final OwnOffsetRuns ownRuns;
    private final PublishedTotals totals;
    private final CountedSeqs counted;
    private final int windowBytes;

    /** Guards the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final PublishedOffsets offsets;

    /** Null only where a benchmark measures what it costs. */
    private final @Nullable LaneChain chain;

    private final BytesInFlight inFlight = new BytesInFlight();
    private int attempts;
    private volatile int currentAttempt = NO_ATTEMPT;
    private long nextToSendSeq;
    private long nextHeaderSeq;
    private volatile long ackedSeq;
    private volatile long headerAckedSeq;

    /**
     * @param firstSeq the first event to publish
     * @param chain the hash chain before it
     * @param totals of all lanes
     * @param windowBytes how much may be sent and not acknowledged
     */
    LaneProgress(
            long firstSeq,
            @Nullable LaneChain chain,
            int partition,
            OwnOffsetRuns ownRuns,
            PublishedTotals totals,
            int windowBytes) {
        this.partition = partition;
        this.ownRuns = ownRuns;
        this.totals = totals;
        this.counted = new CountedSeqs(firstSeq);
        this.windowBytes = windowBytes;
        this.offsets = new PublishedOffsets(firstSeq);
        this.chain = chain;
        this.nextToSendSeq = firstSeq;
        this.nextHeaderSeq = firstSeq;
        this.ackedSeq = firstSeq - 1;
        this.headerAckedSeq = firstSeq - 1;
    }

    /** Newest event that all in-sync replicas of {@code farshore.writes} have. */
    long ackedSeq() {
        return ackedSeq;
    }

    /** Newest event that both topics have. */
    long headerAckedSeq() {
        return headerAckedSeq;
    }

    /** What is acknowledged and known to count. */
    CountedSeqs counted() {
        return counted;
    }

    /** The chain after {@link #headerAckedSeq}, or a newer event by now; null without a chain. */
    @Nullable ChainPoint publishedChain() {
        if (chain == null) {
            return null;
        }
        lock.lock();
        try {
            return chain.published();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts over behind what is acknowledged.
     *
     * @return the number of the attempt that is the current one from now on
     */
    int begin() {
        lock.lock();
        try {
            nextToSendSeq = ackedSeq + 1;
            nextHeaderSeq = headerAckedSeq + 1;
            inFlight.clear();
            attempts++;
            currentAttempt = attempts;
            return attempts;
        } finally {
            lock.unlock();
        }
    }

    /** Ends an attempt, if it is the current one: there is none until the next begins. */
    void end(int attempt) {
        lock.lock();
        try {
            if (attempt == currentAttempt) {
                currentAttempt = NO_ATTEMPT;
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isCurrent(int attempt) {
        return attempt == currentAttempt;
    }

    /** By the publisher's thread. */
    long nextToSendSeq() {
        return nextToSendSeq;
    }

    /** By the publisher's thread. */
    long nextHeaderSeq() {
        return nextHeaderSeq;
    }

    boolean isNothingInFlight() {
        return bytesInFlight() == 0;
    }

    boolean isWindowFull() {
        return bytesInFlight() >= windowBytes;
    }

    /** The small window is for times when the producer's buffer is scarce. */
    boolean isSmallWindowFull() {
        return bytesInFlight() >= windowBytes / 16;
    }

    private long bytesInFlight() {
        lock.lock();
        try {
            return inFlight.bytes();
        } finally {
            lock.unlock();
        }
    }

    boolean isChained() {
        return chain != null;
    }

    /**
     * The next event is about to be handed to the producer, which may acknowledge it at once.
     *
     * @param payload null without a chain
     */
    void sending(long seq, int recordBytes, @Nullable Sha256 payload) {
        lock.lock();
        try {
            nextToSendSeq = seq + 1;
            inFlight.add(recordBytes);
            if (chain != null && payload != null) {
                chain.payloadHashed(seq, payload);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where an event lies in {@code farshore.writes} whose header is not acknowledged yet. */
    long offsetOf(long seq) {
        lock.lock();
        try {
            return offsets.offsetOf(seq);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next header is about to be handed to the producer.
     *
     * @return its link; null without a chain
     */
    @Nullable ChainLink sendingHeader(EventHeader header, HashChain hashes) {
        lock.lock();
        try {
            ChainLink link = chain == null ? null : chain.link(header, hashes);
            nextHeaderSeq = header.seq() + 1;
            return link;
        } finally {
            lock.unlock();
        }
    }

    /** The next event is in {@code farshore.writes} on all in-sync replicas. */
    Acknowledged eventAcknowledged(int attempt, long offset) {
        long seq;
        boolean wasFull;
        lock.lock();
        try {
            if (attempt != currentAttempt) {
                return Acknowledged.TOO_LATE;
            }
            if (inFlight.isEmpty()) {
                return Acknowledged.UNEXPECTED;
            }
            wasFull = inFlight.bytes() >= windowBytes;
            totals.acknowledged(inFlight.removeFirst());
            offsets.add(offset);
            seq = ackedSeq + 1;
            ackedSeq = seq;
        } finally {
            lock.unlock();
        }
        counted.acknowledged(seq, ownRuns.acknowledged(partition, offset));
        return wasFull ? Acknowledged.COUNTED_AND_WINDOW_OPENED : Acknowledged.COUNTED;
    }

    /** The next header is in {@code farshore.headers} on all in-sync replicas. */
    Acknowledged headerAcknowledged(int attempt) {
        lock.lock();
        try {
            if (attempt != currentAttempt) {
                return Acknowledged.TOO_LATE;
            }
            long seq = headerAckedSeq + 1;
            if (seq >= nextHeaderSeq) {
                return Acknowledged.UNEXPECTED;
            }
            offsets.forgetUpTo(seq);
            if (chain != null) {
                chain.headerAcked(seq);
            }
            headerAckedSeq = seq;
            return Acknowledged.COUNTED;
        } finally {
            lock.unlock();
        }
    }
}
