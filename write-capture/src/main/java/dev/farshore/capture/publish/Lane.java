package dev.farshore.capture.publish;

import dev.farshore.schemas.log.ChainPoint;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One volume's way into the topics.
 *
 * <p>Order: events are handed to the producer in seq order, each header after its event is
 * acknowledged, and acknowledgements come in that order. Anything else, a failure first of all,
 * makes the publisher start over with a new producer from the oldest event not acknowledged. What
 * is sent twice has the same seq and the same bytes, and readers ignore the second ({@code NoGap});
 * a later event that got in before a failed one is ignored too, and comes again behind it.
 *
 * <p>Where a record itself is at fault, this lane alone waits ({@link RefusedRecord}). It starts
 * over too, with the same producer, one record at a time until that one is taken. So a lane
 * publishes in {@link Attempt}s, and what they have reached is its {@link LaneProgress}.
 *
 * <p>Threading: the publisher's thread sends; the rest by any.
 */
public final class Lane {
    /** A property for benchmarks: while it is true, lanes are opened that make no hash chain. */
    public static final String WITHOUT_CHAIN = "farshore.bench.withoutHashChain";

    private final RecordTarget target;
    private final EventSource source;
    private final LaneProgress progress;
    private final Refusals refusals;
    private final SendQueue<Lane> queue;
    private final ThrottleWatch throttle;
    private final Runnable wake = this::wake;

    /** True while the lane is in the queue. */
    private final AtomicBoolean queued = new AtomicBoolean();

    /** Held while the source is being read, so that who closes the lane may close its source. */
    private final ReentrantLock reading = new ReentrantLock();

    /** Of the publisher's thread. */
    private @Nullable Attempt attempt;

    private volatile long headersHeldFromSeq;
    private volatile boolean closed;

    /** Why the source can't be read any more; null while it can. */
    private volatile @Nullable InternalError sourceFailure;

    Lane(
            RecordTarget target,
            EventSource source,
            LaneProgress progress,
            Refusals refusals,
            SendQueue<Lane> queue,
            ThrottleWatch throttle,
            long headersHeldFromSeq) {
        this.target = target;
        this.source = source;
        this.progress = progress;
        this.refusals = refusals;
        this.queue = queue;
        this.throttle = throttle;
        this.headersHeldFromSeq = headersHeldFromSeq;
    }

    /** Newest event that all in-sync replicas of {@code farshore.writes} have. */
    public long ackedSeq() {
        return progress.ackedSeq();
    }

    /** Newest event that both topics have. */
    public long headerAckedSeq() {
        return progress.headerAckedSeq();
    }

    /** What is acknowledged and known to count. */
    public CountedSeqs counted() {
        return progress.counted();
    }

    /**
     * The hash chain after {@link #headerAckedSeq}, or a newer event by now; null where a benchmark
     * does without.
     */
    public @Nullable ChainPoint publishedChain() {
        return progress.publishedChain();
    }

    /** Why nothing is published, and what to do; empty while nothing is in the way. */
    public String problem() {
        return refusals.problem();
    }

    /**
     * By how much a quota of Kafka's delays the answers to this node, on average; 0 if none does.
     */
    public double throttleMillis() {
        return throttle.throttleMillis();
    }

    /**
     * The error by which the JVM has said that a page of the source, which is mapped into memory,
     * could not be read; null if it has not. Nothing more is published then: this volume's fault,
     * and no other's.
     */
    public @Nullable InternalError sourceFailure() {
        return sourceFailure;
    }

    /**
     * Publishes events from {@code seq} on without their headers, until {@link #releaseHeaders}: an
     * opening that does not count must not have one, and nothing behind it either. To be called
     * before the event is in the source.
     */
    public void holdHeadersFrom(long seq) {
        headersHeldFromSeq = seq;
    }

    /** What was held is published too. */
    public void releaseHeaders() {
        if (headersHeldFromSeq != Long.MAX_VALUE) {
            headersHeldFromSeq = Long.MAX_VALUE;
            wakeNow();
        }
    }

    /** The first event whose header is held; MAX_VALUE if none is. */
    public long headersHeldFromSeq() {
        return headersHeldFromSeq;
    }

    /** There is something new to publish. */
    public void wake() {
        if (queued.compareAndSet(false, true)) {
            queue.add(this);
        }
    }

    /** There is something new to publish, and somebody waits for it. */
    public void wakeNow() {
        wake();
        queue.hurry();
    }

    /** Stops publishing; what is in flight may still arrive. Then the source may be closed. */
    public void close() {
        reading.lock();
        try {
            closed = true;
        } finally {
            reading.unlock();
        }
        wake(); // the publisher forgets it
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Taken from the queue, sends up to {@code quantumBytes} of events. A {@link #wake} from here
     * on puts it there again.
     */
    LaneTurn sendEvents(ProducerSession session, int quantumBytes) {
        queued.set(false);
        reading.lock();
        try {
            if (closed) {
                return LaneTurn.CLOSED;
            }
            if (sourceFailure != null) {
                return LaneTurn.DONE;
            }
            if (refusals.isWaiting()) {
                return LaneTurn.WAITING;
            }
            return attemptWith(session).sendEvents(quantumBytes);
        } catch (InternalError e) {
            sourceFailure = e;
            return LaneTurn.DONE;
        } finally {
            reading.unlock();
        }
    }

    private Attempt attemptWith(ProducerSession session) {
        Attempt current = attempt;
        if (current == null || !current.isCurrent(session)) {
            current = new Attempt(target, source, progress, refusals, session, wake);
            attempt = current;
        }
        return current;
    }

    /**
     * Sends the headers of what has been acknowledged since the last time.
     *
     * @return whether headers are still to come, of events that are under way
     */
    boolean sendHeaders(ProducerSession session) {
        reading.lock();
        try {
            Attempt current = attempt;
            if (closed || sourceFailure != null || current == null || !current.isCurrent(session)) {
                return false; // it owes none before it has sent events again
            }
            current.sendHeaders(headersHeldFromSeq);
            return current.owesHeaders(headersHeldFromSeq);
        } catch (InternalError e) {
            sourceFailure = e;
            return false;
        } finally {
            reading.unlock();
        }
    }

    /** Whether events have been sent whose headers have not. By the publisher's thread. */
    boolean owesHeaders() {
        Attempt current = attempt;
        return current != null && current.owesHeaders(headersHeldFromSeq);
    }

    /** Whether it is too early to try again what was refused. */
    boolean isWaiting() {
        return refusals.isWaiting();
    }
}
