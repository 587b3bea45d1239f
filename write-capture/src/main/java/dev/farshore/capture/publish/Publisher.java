package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainPoint;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Sends the volumes' events, and then their headers, through one idempotent producer.
 *
 * <p>One way: {@code Publisher → SendLoop → Lane → Attempt → ProducerSession → Kafka}. What Kafka
 * says comes back by {@link Acknowledgements} to the attempt, and from there to the lane's
 * progress. Whoever has something to send puts its lane into the {@link SendQueue}.
 *
 * <p>Fairness: lanes take turns, each sends a quantum; and each has a window of unacknowledged
 * bytes, small against the producer's buffer, so that a busy volume can't fill what an idle one
 * needs for its flush.
 *
 * <p>Failures: a record that is refused for what it is stops its own lane ({@link RefusedRecord}).
 * A producer that reports any other error is given up. Its successor starts, for every lane, behind
 * the newest acknowledged event. What the old one still had under way may arrive late: duplicates,
 * which readers ignore. So no event is lost and none is taken out of order, whatever the producer's
 * error was. An old producer's late acknowledgements count for nothing.
 *
 * <p>Threading: one thread sends, events and headers: a producer's callback must never send, it
 * would wait for the buffer space that only its own return frees.
 */
public final class Publisher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Publisher.class);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private final WriteEventCodec eventCodec;
    private final WriteHeaderCodec headerCodec;
    private final int laneWindowBytes;
    private final Duration longestBackoff;
    private final OwnOffsetRuns ownRuns = new OwnOffsetRuns();
    private final PublishedTotals totals = new PublishedTotals();
    private final Set<Lane> lanes = ConcurrentHashMap.newKeySet();
    private final SendQueue<Lane> queue = new SendQueue<>();
    private final ThrottleWatch throttle = new ThrottleWatch();
    private final Thread thread;
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
        RecordTarget target = new RecordTarget(vvol, partition);
        LaneChain chain = Boolean.getBoolean(Lane.WITHOUT_CHAIN) ? null : new LaneChain(published);
        LaneProgress progress =
                new LaneProgress(
                        published.seq() + 1, chain, partition, ownRuns, totals, laneWindowBytes);
        Refusals refusals = new Refusals(target, System::nanoTime);
        Lane lane =
                new Lane(target, source, progress, refusals, queue, throttle, headersHeldFromSeq);
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

    /** By how much a quota of Kafka's delays answers, on average; 0 if none does. */
    public double throttleMillis() {
        return throttle.throttleMillis();
    }

    /** What it has published. */
    public PublishedTotals totals() {
        return totals;
    }

    /** How often it has waited for more to come. */
    long lingers() {
        return queue.lingers();
    }

    private void run() {
        Duration backoff = shortest();
        while (!closed) {
            long startedNs = System.nanoTime();
            Exception error = sendWithOneProducer();
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

    /**
     * @return why another producer is needed; null when it was stopped
     */
    private @Nullable Exception sendWithOneProducer() {
        lanes.removeIf(Lane::isClosed);
        try (ProducerSession session =
                new ProducerSession(producers.get(), eventCodec, headerCodec)) {
            lanes.forEach(Lane::wake);
            new SendLoop(session, queue, throttle, lanes::remove).run(() -> closed);
            return session.failure();
        } catch (InterruptedException | InterruptException e) {
            if (!closed) {
                log.atError().setCause(e).log("publisher interrupted without being closed");
            }
            return null;
        } catch (RuntimeException e) {
            return e;
        } catch (Error e) {
            // All the node's volumes need this thread: better tried again than ended.
            return new IllegalStateException("publishing failed: " + e, e);
        }
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
}
