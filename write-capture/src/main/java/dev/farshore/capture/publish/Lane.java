package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.Sha256;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One volume's way into the topics.
 *
 * <p>Order: events are handed to the producer in seq order, each header after its event is
 * acknowledged, and {@link Acknowledgements} come in that order. Anything else, a failure first of
 * all, makes the publisher start over with a new producer from the oldest event not acknowledged.
 * What was sent twice has the same seq and the same bytes, and readers ignore the second ({@code
 * NoGap}); a later event that got in before a failed one is ignored too, and comes again behind it.
 *
 * <p>Where a record itself is at fault, this lane alone waits ({@link Refusal}). It starts over
 * too, with the same producer, one record at a time until that one is taken.
 *
 * <p>Threading: {@link #pump} by the publisher's thread, the acknowledgements by the producer's,
 * the rest by any.
 */
public final class Lane {
    private static final Logger log = LoggerFactory.getLogger(Lane.class);

    /** A property for benchmarks: while it is true, lanes are opened that make no hash chain. */
    public static final String WITHOUT_CHAIN = "farshore.bench.withoutHashChain";

    private final Publisher publisher;
    private final String vvol;
    private final byte[] key;
    private final int partition;
    private final EventSource source;
    private final CountedSeqs counted;
    private final int windowBytes;

    /** True while the lane is in the publisher's queue or being pumped. */
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Held while the source is being read, so that who closes the lane may close its source. */
    private final ReentrantLock pumping = new ReentrantLock();

    /** Guards the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private final PublishedOffsets offsets;

    /** Null only where a benchmark measures what it costs. */
    private final @Nullable LaneChain chain;

    private final RecordSizes inFlight = new RecordSizes();
    private long nextToSendSeq;
    private long nextHeaderSeq;
    private Publisher.@Nullable Sender sentBy;
    private @Nullable Acknowledgements eventAcks;
    private @Nullable Acknowledgements headerAcks;

    /** Null while what is sent is taken. */
    private volatile @Nullable Refusal refusal;

    private volatile long headersHeldFromSeq;
    private volatile long ackedSeq;
    private volatile long headerAckedSeq;
    private volatile boolean closed;

    /** Why the source can't be read any more; null while it can. */
    private volatile @Nullable InternalError sourceFailure;

    Lane(
            Publisher publisher,
            String vvol,
            int partition,
            EventSource source,
            ChainPoint published,
            long headersHeldFromSeq,
            int windowBytes) {
        long firstSeq = published.seq() + 1;
        this.headersHeldFromSeq = headersHeldFromSeq;
        this.publisher = publisher;
        this.vvol = vvol;
        this.key = vvol.getBytes(StandardCharsets.UTF_8);
        this.partition = partition;
        this.source = source;
        this.windowBytes = windowBytes;
        this.counted = new CountedSeqs(firstSeq);
        this.offsets = new PublishedOffsets(firstSeq);
        this.chain = Boolean.getBoolean(WITHOUT_CHAIN) ? null : new LaneChain(published);
        this.nextToSendSeq = firstSeq;
        this.nextHeaderSeq = firstSeq;
        this.ackedSeq = firstSeq - 1;
        this.headerAckedSeq = firstSeq - 1;
    }

    public String vvol() {
        return vvol;
    }

    /** Newest event that all in-sync replicas of {@code farshore.writes} have. */
    public long ackedSeq() {
        return ackedSeq;
    }

    /** Newest event that both topics have. */
    public long headerAckedSeq() {
        return headerAckedSeq;
    }

    /** Why nothing is published, and what to do; empty while nothing is in the way. */
    public String problem() {
        Refusal refused = refusal;
        return refused == null ? "" : refused.problem();
    }

    /**
     * By how much a quota of Kafka's holds the node's producer back, on average; 0 if none does.
     */
    public double throttleMillis() {
        return publisher.throttleMillis();
    }

    /**
     * The hash chain after {@link #headerAckedSeq}, or a newer event by now; null where a benchmark
     * does without.
     */
    public @Nullable ChainPoint publishedChain() {
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

    /** What is acknowledged and known to count. */
    public CountedSeqs counted() {
        return counted;
    }

    /** There is something new to publish. */
    public void wake() {
        if (!closed && scheduled.compareAndSet(false, true)) {
            publisher.schedule(this);
        }
    }

    int partition() {
        return partition;
    }

    /** There is something new to publish, and somebody waits for it. */
    public void wakeNow() {
        wake();
        publisher.hurry();
    }

    /**
     * The error by which the JVM has said that a page of the source, which is mapped into memory,
     * could not be read; null if it has not. Nothing more is published then: this volume's fault,
     * and no other's.
     */
    public @Nullable InternalError sourceFailure() {
        return sourceFailure;
    }

    /** Stops publishing; what is in flight may still arrive. */
    public void close() {
        publisher.forget(this);
        pumping.lock();
        try {
            closed = true;
        } finally {
            pumping.unlock();
        }
    }

    /**
     * Sends up to {@code quantumBytes} of events.
     *
     * @return whether there is more that could be sent at once
     */
    boolean pump(Publisher.Sender sender, int quantumBytes) {
        pumping.lock();
        try {
            return !closed && sourceFailure == null && pumpOpen(sender, quantumBytes);
        } catch (InternalError e) {
            sourceFailure = e;
            return false;
        } finally {
            pumping.unlock();
        }
    }

    private boolean pumpOpen(Publisher.Sender sender, int quantumBytes) {
        Refusal refused = refusal;
        if (refused != null && refused.isWaiting()) {
            return false; // the publisher wakes it when it is time
        }
        if (sender != sentBy) {
            startOver(sender);
        }
        Acknowledgements acks = Objects.requireNonNull(eventAcks);
        int sentBytes = 0;
        while (sentBytes < quantumBytes) {
            long seq = nextToSendSeq;
            if (seq > source.lastSeq() || !hasWindow(sender) || !acks.isNextAllowed()) {
                return false;
            }
            try {
                EventHeader header = source.header(seq);
                sentBytes +=
                        sender.sendEvent(this, acks, key, partition, header, source.payload(seq));
            } catch (RuntimeException | InternalError e) {
                acks.notSent();
                throw e;
            }
        }
        return true;
    }

    /**
     * Sends the headers of what has been acknowledged since the last time.
     *
     * @return whether headers are still to come, of events that are under way
     */
    boolean pumpHeaders(Publisher.Sender sender) {
        pumping.lock();
        try {
            if (closed || sourceFailure != null || sender != sentBy) {
                return false; // it will be pumped again before it owes any
            }
            sendHeaders(sender);
            return owesHeaders();
        } catch (InternalError e) {
            sourceFailure = e;
            return false;
        } finally {
            pumping.unlock();
        }
    }

    /** Whether events have been sent whose headers have not. By the publisher's thread. */
    boolean owesHeaders() {
        return nextHeaderSeq < Math.min(nextToSendSeq, headersHeldFromSeq);
    }

    /** Called back by the sender before an event's record is handed to the producer. */
    void sending(EventHeader header, byte[] record, HashChain hashes) {
        long seq = header.seq();
        Sha256 payload =
                chain == null
                        ? null
                        : hashes.hash(
                                record,
                                WriteEventCodec.payloadOffset(record, header),
                                header.payloadBytes());
        lock.lock();
        try {
            nextToSendSeq = seq + 1;
            inFlight.add(record.length);
            if (chain != null && payload != null) {
                chain.payloadHashed(seq, payload);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean hasWindow(Publisher.Sender sender) {
        long bytes;
        lock.lock();
        try {
            bytes = inFlight.bytes();
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            return bytes == 0;
        }
        ProducerGauges gauges = sender.gauges();
        boolean isRoom =
                gauges.isHalfFree() || (bytes < smallWindowBytes() && !gauges.isNearlyFull());
        if (!isRoom) {
            publisher.wakeLater(this);
        }
        return isRoom && bytes < windowBytes;
    }

    /** While the producer's buffer is scarce. */
    private int smallWindowBytes() {
        return windowBytes / 16;
    }

    private void sendHeaders(Publisher.Sender sender) {
        Acknowledgements acks = Objects.requireNonNull(headerAcks);
        while (nextHeaderSeq <= ackedSeq
                && nextHeaderSeq < headersHeldFromSeq
                && !sender.gauges().isNearlyFull()
                && acks.isNextAllowed()) {
            long seq = nextHeaderSeq;
            EventHeader header;
            try {
                header = source.header(seq);
            } catch (RuntimeException | InternalError e) {
                acks.notSent();
                throw e;
            }
            ChainLink link;
            long offset;
            lock.lock();
            try {
                offset = offsets.offsetOf(seq);
                link = chain == null ? null : chain.link(header, sender.hashes());
                nextHeaderSeq = seq + 1;
            } finally {
                lock.unlock();
            }
            sender.sendHeader(acks, key, partition, header, offset, link);
        }
    }

    /**
     * The next event is in {@code farshore.writes} on all in-sync replicas.
     *
     * @return false when none was sent: the publisher has to start over
     */
    private boolean eventAcked(Acknowledgements by, long offset) {
        long seq;
        boolean hadNoWindow;
        lock.lock();
        try {
            if (by != eventAcks) {
                return true; // of an earlier sender
            }
            if (inFlight.isEmpty()) {
                return false;
            }
            hadNoWindow = refusal != null || inFlight.bytes() >= windowBytes;
            inFlight.removeFirst();
            offsets.add(offset);
            seq = ackedSeq + 1;
            ackedSeq = seq;
            taken(seq, false);
        } finally {
            lock.unlock();
        }
        counted.acknowledged(seq, publisher.ownRuns().acknowledged(partition, offset));
        if (hadNoWindow) {
            wake();
        }
        return true;
    }

    /** The next header is in {@code farshore.headers}; the result as for events. */
    private boolean headerAcked(Acknowledgements by) {
        lock.lock();
        try {
            if (by != headerAcks) {
                return true; // of an earlier sender
            }
            long seq = headerAckedSeq + 1;
            if (seq >= nextHeaderSeq) {
                return false;
            }
            offsets.forgetUpTo(seq);
            if (chain != null) {
                chain.headerAcked(seq);
            }
            headerAckedSeq = seq;
            taken(seq, true);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** What was refused is taken; {@link #lock} is held. */
    private void taken(long seq, boolean isHeader) {
        Refusal refused = refusal;
        if (refused != null && refused.seq() <= seq && refused.isHeader() == isHeader) {
            refusal = null;
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seq", seq)
                    .log("publishing goes on: what was refused is taken");
        }
    }

    /**
     * The next record to be acknowledged, or one behind it, can't get into its topic. Others that
     * are under way may; they come again behind it, and readers ignore what they have seen.
     */
    private void refused(boolean isHeader, Throwable error) {
        String topic = isHeader ? Topics.HEADERS : Topics.WRITES;
        Refusal before = refusal;
        lock.lock();
        try {
            long seq = (isHeader ? headerAckedSeq : ackedSeq) + 1;
            sentBy = null; // so that the next pump starts over
            eventAcks = null;
            headerAcks = null;
            refusal = Refusal.after(before, seq, isHeader, topic, error);
        } finally {
            lock.unlock();
        }
        publisher.wakeLater(this);
        if (before == null) {
            log.atError()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("partition", partition)
                    .log("volume can't be published; trying again: {}", problem());
        }
    }

    /** The publisher could not even read or encode what is next. By its thread. */
    void failed(boolean isHeader, Throwable error) {
        refused(isHeader, error);
    }

    /** Whether it waits for the time to try again what was refused. */
    boolean isWaiting() {
        Refusal refused = refusal;
        return refused != null && refused.isWaiting();
    }

    /** Whose acknowledgements are whose. */
    private final class Taking implements Acknowledgements.Taker {
        private final boolean isHeader;

        Taking(boolean isHeader) {
            this.isHeader = isHeader;
        }

        @Override
        public boolean acknowledged(Acknowledgements by, long offset) {
            return isHeader ? headerAcked(by) : eventAcked(by, offset);
        }

        @Override
        public void refused(Acknowledgements by, Exception error) {
            lock.lock();
            try {
                if (by != (isHeader ? headerAcks : eventAcks)) {
                    return; // of what was given up before
                }
                Lane.this.refused(isHeader, error);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Starts over behind what is acknowledged, with a new sender; of what is still in flight
     * nothing will be told any more.
     */
    private void startOver(Publisher.Sender sender) {
        lock.lock();
        try {
            sentBy = sender;
            eventAcks =
                    new Acknowledgements(
                            sender,
                            new TopicPartition(Topics.WRITES, partition),
                            new Taking(false));
            headerAcks =
                    new Acknowledgements(
                            sender,
                            new TopicPartition(Topics.HEADERS, partition),
                            new Taking(true));
            nextToSendSeq = ackedSeq + 1;
            nextHeaderSeq = headerAckedSeq + 1;
            inFlight.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Taken from the queue: from now on a {@link #wake} puts it there again. */
    void unscheduled() {
        scheduled.set(false);
    }
}
