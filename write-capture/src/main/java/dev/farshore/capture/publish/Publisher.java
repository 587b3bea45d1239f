package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.RecordSpace;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Sends the volumes' events, and then their headers, through one idempotent producer.
 *
 * <p>Fairness: lanes take turns, each sends a quantum; and each has a window of unacknowledged
 * bytes, small against the producer's buffer, so that a busy volume can't fill what an idle one
 * needs for its flush.
 *
 * <p>Failures: a record that is refused for what it is stops its own lane ({@link Refusal}). A
 * producer that reports any other error is given up. Its successor starts, for every lane, behind
 * the newest acknowledged event. What the old one still had under way may arrive late: duplicates,
 * which readers ignore. So no event is lost and none is taken out of order, whatever the producer's
 * error was. Generations keep the late acknowledgements of an old producer from being counted for
 * the new one's.
 *
 * <p>Threading: one thread sends, events and headers: a producer's callback must never send, it
 * would wait for the buffer space that only its own return frees.
 */
public final class Publisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);
    private static final int QUANTUM_BYTES = 256 * 1024;

    /**
     * An event that goes off by itself keeps the broker busy when the FLUSH behind it comes, and
     * costs as much as many together. So it waits so long for others, or for somebody in a hurry.
     */
    private static final Duration LINGER = Duration.ofNanos(100_000);

    private static final Duration IDLE_PATIENCE = Duration.ofMillis(100);

    /**
     * Headers wait so long for others: they are small, and one by one they would cost the broker as
     * many requests as the events do. It delays an index by as much, and nobody's write or flush.
     */
    private static final Duration HEADER_INTERVAL = Duration.ofMillis(2);

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private final WriteEventCodec eventCodec;
    private final WriteHeaderCodec headerCodec;
    private final int laneWindowBytes;
    private final Duration longestBackoff;
    private final OwnRuns ownRuns = new OwnRuns();
    private final AtomicLong lingers = new AtomicLong();
    private final Set<Lane> lanes = ConcurrentHashMap.newKeySet();
    private final ThrottleWatch throttle = new ThrottleWatch();
    private final Set<Lane> waiting = ConcurrentHashMap.newKeySet();
    private final LinkedBlockingQueue<Lane> ready = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile @Nullable Exception producerError;
    private volatile boolean hurried;
    private volatile boolean closed;

    /**
     * @param producers makes an idempotent producer with acks=all that retries without end
     * @param laneWindowBytes unacknowledged bytes a volume may have at the producer
     */
    public Publisher(
            Supplier<Producer<byte[], byte[]>> producers,
            WriteEventCodec eventCodec,
            WriteHeaderCodec headerCodec,
            int laneWindowBytes) {
        this(producers, eventCodec, headerCodec, laneWindowBytes, LONGEST_BACKOFF);
    }

    Publisher(
            Supplier<Producer<byte[], byte[]>> producers,
            WriteEventCodec eventCodec,
            WriteHeaderCodec headerCodec,
            int laneWindowBytes,
            Duration longestBackoff) {
        this.longestBackoff = longestBackoff;
        this.producers = producers;
        this.eventCodec = eventCodec;
        this.headerCodec = headerCodec;
        this.laneWindowBytes = laneWindowBytes;
        this.thread = Thread.ofPlatform().name("farshore-publisher").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /**
     * Publishes a volume's events from {@code firstSeq} on, all of which {@code source} keeps until
     * {@link Lane#headerAckedSeq} has passed them. Its hash chain starts with them.
     */
    public Lane open(String vvol, int partition, EventSource source, long firstSeq) {
        return open(
                vvol, partition, source, ChainPoint.startingAfter(firstSeq - 1), Long.MAX_VALUE);
    }

    /**
     * Publishes a volume's events behind {@code published}, with headers held as by {@link
     * Lane#holdHeadersFrom}.
     *
     * @param published the hash chain after the newest event of which nothing has to be sent
     * @param headersHeldFromSeq MAX_VALUE to hold none
     */
    public Lane open(
            String vvol,
            int partition,
            EventSource source,
            ChainPoint published,
            long headersHeldFromSeq) {
        Lane lane =
                new Lane(
                        this,
                        vvol,
                        partition,
                        source,
                        published,
                        headersHeldFromSeq,
                        laneWindowBytes);
        lanes.add(lane);
        lane.wake();
        return lane;
    }

    /** Stops sending. What is not acknowledged stays in the journals. */
    @Override
    public void close() {
        closed = true;
        if (thread.getState() == Thread.State.NEW) {
            return; // the node did not start
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** By how much a quota of Kafka's holds answers back, on average; 0 if none does. */
    public double throttleMillis() {
        return throttle.throttleMillis();
    }

    void schedule(Lane lane) {
        ready.add(lane);
    }

    /** How often it has waited for more to come. */
    long lingers() {
        return lingers.get();
    }

    OwnRuns ownRuns() {
        return ownRuns;
    }

    void forget(Lane lane) {
        lanes.remove(lane);
        waiting.remove(lane);
    }

    /** A lane waits to try again, or for room in the producer's buffer. */
    void wakeLater(Lane lane) {
        waiting.add(lane);
    }

    private void wakeLanesOf(int partition) {
        for (Lane lane : lanes) {
            if (lane.partition() == partition) {
                lane.wake();
            }
        }
    }

    private void run() {
        Duration backoff = shortest();
        while (!closed) {
            producerError = null;
            long startedNs = System.nanoTime();
            try (Sender sender = new Sender(producers.get())) {
                lanes.forEach(Lane::wake);
                pumpUntilError(sender);
            } catch (InterruptedException | InterruptException e) {
                if (!closed) {
                    log.atError().setCause(e).log("publisher interrupted without being closed");
                }
            } catch (RuntimeException e) {
                producerError = e;
            } catch (Error e) {
                // All the node's volumes need this thread: better tried again than ended.
                producerError = new IllegalStateException("publishing failed: " + e, e);
            }
            Exception error = producerError;
            if (!closed && error != null) {
                boolean worked = System.nanoTime() - startedNs > 2 * longestBackoff.toNanos();
                backoff = worked ? shortest() : doubled(backoff);
                log.atWarn()
                        .addKeyValue("retryInMs", backoff.toMillis())
                        .setCause(error)
                        .log(
                                "producer failed; starting again from the oldest event not"
                                        + " acknowledged");
                pause(backoff);
            }
        }
    }

    private void pumpUntilError(Sender sender) throws InterruptedException {
        Set<Lane> owing = new HashSet<>();
        long headersSentNanos = System.nanoTime();
        boolean hasBacklog = false;
        while (!closed && producerError == null) {
            boolean isResting = owing.isEmpty() && waiting.isEmpty();
            Duration patience = isResting ? IDLE_PATIENCE : HEADER_INTERVAL;
            Lane lane = ready.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (lane != null) {
                if (!hasBacklog && ready.isEmpty()) {
                    lingerUnlessHurried(); // with others in the queue there is something to send
                }
                lane.unscheduled();
                hasBacklog = pump(lane, sender);
                if (hasBacklog) {
                    lane.wake();
                }
                if (lane.owesHeaders()) {
                    owing.add(lane);
                }
            }
            long nowNanos = System.nanoTime();
            if (nowNanos - headersSentNanos >= HEADER_INTERVAL.toNanos()) {
                headersSentNanos = nowNanos;
                owing.removeIf(debtor -> !pumpHeaders(debtor, sender));
                wakeThoseThatHaveWaited();
                throttle.look(sender.gauges(), nowNanos);
            }
        }
    }

    private void wakeThoseThatHaveWaited() {
        waiting.removeIf(
                lane -> {
                    boolean isOver = !lane.isWaiting();
                    if (isOver) {
                        lane.wake();
                    }
                    return isOver;
                });
    }

    /** What a lane's journal or its events can't give is that lane's problem. */
    private static boolean pump(Lane lane, Sender sender) {
        try {
            return lane.pump(sender, QUANTUM_BYTES);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            lane.failed(false, e);
            return false;
        }
    }

    private static boolean pumpHeaders(Lane lane, Sender sender) {
        try {
            return lane.pumpHeaders(sender);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            lane.failed(true, e);
            return false;
        }
    }

    /** Who finds nothing under way lets a few more come: nobody waits for a write's event. */
    private void lingerUnlessHurried() {
        lingers.incrementAndGet();
        long endNanos = System.nanoTime() + LINGER.toNanos();
        long leftNanos = LINGER.toNanos();
        while (!hurried && leftNanos > 0) {
            LockSupport.parkNanos(this, leftNanos);
            leftNanos = endNanos - System.nanoTime();
        }
        // What somebody hurries for was in its lane before; from here on all of that is sent.
        hurried = false;
    }

    /** Somebody waits for the newest event of a lane that was woken. */
    void hurry() {
        hurried = true;
        LockSupport.unpark(thread);
    }

    private void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            // Only close() interrupts, and the loop looks at that next.
            Thread.currentThread().interrupt();
        }
    }

    private Duration shortest() {
        return FIRST_BACKOFF.compareTo(longestBackoff) < 0 ? FIRST_BACKOFF : longestBackoff;
    }

    private Duration doubled(Duration backoff) {
        Duration twice = backoff.multipliedBy(2);
        return twice.compareTo(longestBackoff) > 0 ? longestBackoff : twice;
    }

    /**
     * One producer's life. How a send ended is told by its callback, so nobody looks at futures.
     */
    @SuppressWarnings("FutureReturnValueIgnored")
    final class Sender implements AutoCloseable {
        private final Producer<byte[], byte[]> producer;

        /** Kafka's producer has copied a record into its batch when {@code send} returns. */
        private final RecordSpace eventSpace = new RecordSpace();

        private final RecordSpace headerSpace = new RecordSpace();

        private final ProducerGauges gauges;
        private final HashChain hashes = new HashChain();

        private final Introductions introductions = new Introductions(Publisher.this::wakeLanesOf);

        private volatile boolean givenUp;

        Sender(Producer<byte[], byte[]> producer) {
            this.producer = producer;
            this.gauges = new ProducerGauges(producer);
        }

        /** Returns the size of the record. */
        int sendEvent(
                Lane lane,
                Acknowledgements acks,
                byte[] key,
                int partition,
                EventHeader header,
                ByteBuffer payload) {
            byte[] value = eventCodec.encode(header, payload, eventSpace);
            lane.sending(header, value, hashes);
            producer.send(new ProducerRecord<>(Topics.WRITES, partition, key, value), acks);
            return value.length;
        }

        void sendHeader(
                Acknowledgements acks,
                byte[] key,
                int partition,
                EventHeader header,
                long writesOffset,
                @Nullable ChainLink link) {
            byte[] value = headerCodec.encode(header, writesOffset, link, headerSpace);
            producer.send(new ProducerRecord<>(Topics.HEADERS, partition, key, value), acks);
        }

        ProducerGauges gauges() {
            return gauges;
        }

        HashChain hashes() {
            return hashes;
        }

        Introductions introductions() {
            return introductions;
        }

        boolean isGivenUp() {
            return givenUp;
        }

        void giveUp(Exception error) {
            givenUp = true;
            producerError = error;
        }

        @Override
        public void close() {
            givenUp = true;
            producer.close(Duration.ZERO);
        }
    }
}
