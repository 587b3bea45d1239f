package dev.farshore.schemas.clock;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Compares this process's clock with Kafka's, and tells the others, in {@code farshore.clocks}.
 *
 * <p>Each record of that topic bears the time of the broker that took it, which comes back with the
 * acknowledgement: the exchange that measures is the one that publishes. All compare themselves
 * with the leader of one partition; when another broker comes to lead it, whose clock differs, they
 * all follow with their next exchange.
 *
 * <p>What is measured is Kafka's clock against this process's monotonic one, so it stays true when
 * the wall clock jumps. Others only have our last record: a jump, and a change of the node's {@link
 * NodeCondition}, is published within {@link #LOOK_INTERVAL}.
 *
 * <p>Threading: any thread may ask; a thread of its own measures.
 */
public final class ClockProbe implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClockProbe.class);

    /** Interval of readings: a node that is silent for longer is gone or cut off. */
    public static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Interval at first, until there are a few exchanges to choose from. */
    private static final Duration FIRST_INTERVAL = Duration.ofMillis(500);

    /** How often it looks for news to publish before the interval is over. */
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);

    /** More than any clock drifts, or is slewed, between two exchanges. */
    private static final long JUMP_MICROS = 20_000;

    private static final int FIRST_EXCHANGES = 8;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int GOODBYE_MILLIS = 300;

    /** Comes back unchanged from a topic that does not bear the broker's time. */
    private static final long NO_TIMESTAMP = 0;

    private final InstantSource clock;
    private final String site;
    private final String node;
    private final ProcessIdentity process;
    private final Producer<String, ClockReading> producer;
    private final Supplier<NodeCondition> condition;
    private final Thread thread;
    private final ClockFilter filter = new ClockFilter(); // guards itself
    private volatile boolean isClosed;
    private boolean isWarned;

    // Of the measuring thread: what was published last.
    private long publishedWallMicros;
    private NodeCondition publishedCondition = NodeCondition.NONE;
    private boolean isConditionUnknown;

    /**
     * Starts to measure; returns at once.
     *
     * @param clock this process's
     * @param process what it says of itself
     * @param condition how the node is by now
     */
    public static ClockProbe start(
            Map<String, ?> kafka,
            Serializer<ClockReading> readings,
            InstantSource clock,
            String site,
            String node,
            ProcessIdentity process,
            Supplier<NodeCondition> condition) {
        Map<String, Object> config = new HashMap<>(kafka);
        // One leader's word is what is asked for; a lost reading is followed by the next.
        config.put(ProducerConfig.ACKS_CONFIG, "1");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        config.put(ProducerConfig.RETRIES_CONFIG, 0);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MILLIS);
        config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        return new ClockProbe(
                new KafkaProducer<>(config, new StringSerializer(), readings),
                clock,
                site,
                node,
                process,
                condition);
    }

    /** With a producer that is made already; it is closed with this. */
    ClockProbe(
            Producer<String, ClockReading> producer,
            InstantSource clock,
            String site,
            String node,
            ProcessIdentity process,
            Supplier<NodeCondition> condition) {
        this.process = process;
        this.producer = producer;
        this.condition = condition;
        this.clock = clock;
        this.site = site;
        this.node = node;
        thread = Thread.ofPlatform().daemon().name("clock-" + node).start(this::run);
    }

    /** How far this clock is from Kafka's by now; empty before the first exchange. */
    public Optional<ClockReading> reading() {
        long nanos = System.nanoTime();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        synchronized (filter) {
            return filter.best(nanos)
                    .map(
                            best ->
                                    new ClockReading(
                                            site,
                                            node,
                                            micros,
                                            (best.kafkaMinusMonotonicNanos() + nanos) / 1_000
                                                    - micros,
                                            best.errorNanos(nanos) / 1_000,
                                            List.of(),
                                            process.id(),
                                            process.host(),
                                            process.dataDir(),
                                            process.uptimeMicros(nanos),
                                            List.of(),
                                            0L,
                                            process.version(),
                                            List.of(),
                                            List.of(),
                                            List.of()));
        }
    }

    private void run() {
        for (int exchanges = 0; !isClosed; exchanges++) {
            try {
                exchange();
                if (exchanges > 0) { // the first had nothing to tell: the second follows at once
                    pause(exchanges < FIRST_EXCHANGES ? FIRST_INTERVAL : INTERVAL);
                }
            } catch (InterruptedException e) {
                return; // only close() interrupts
            }
        }
    }

    private void pause(Duration interval) throws InterruptedException {
        long beginNanos = System.nanoTime();
        do {
            Thread.sleep(LOOK_INTERVAL);
        } while (System.nanoTime() - beginNanos < interval.toNanos() && !hasNews());
    }

    private boolean hasNews() {
        return Math.abs(wallMicros() - publishedWallMicros) > JUMP_MICROS
                || !condition().equals(publishedCondition);
    }

    /** What was said last where it can't be told: the clock is measured whatever the node is at. */
    private NodeCondition condition() {
        try {
            NodeCondition now = condition.get();
            isConditionUnknown = false;
            return now;
        } catch (RuntimeException e) {
            if (!isConditionUnknown) {
                isConditionUnknown = true;
                log.atWarn()
                        .addKeyValue("node", node)
                        .setCause(e)
                        .log("how the node is can't be told; what was said last stands");
            }
            return publishedCondition;
        }
    }

    /** The wall clock against the monotonic one; it changes with each step of the wall clock. */
    private long wallMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant())
                - System.nanoTime() / 1_000;
    }

    private void exchange() throws InterruptedException {
        long wallMicros = wallMicros();
        NodeCondition now = condition();
        ClockReading known =
                ClockReading.newBuilder(
                                reading()
                                        .orElseGet(
                                                () ->
                                                        new ClockReading(
                                                                site,
                                                                node,
                                                                0L,
                                                                0L,
                                                                Long.MAX_VALUE,
                                                                List.of(),
                                                                process.id(),
                                                                process.host(),
                                                                process.dataDir(),
                                                                0L,
                                                                List.of(),
                                                                0L,
                                                                process.version(),
                                                                List.of(),
                                                                List.of(),
                                                                List.of())))
                        .setFaultyCopies(now.faultyCopies())
                        .setUnserved(now.unserved())
                        .setMaxImageBytes(now.maxImageBytes())
                        .setActivePartitions(now.activePartitions())
                        .setHotPartitions(now.hotPartitions())
                        .build();
        try {
            long sentNanos = System.nanoTime();
            RecordMetadata taken =
                    producer.send(
                                    new ProducerRecord<>(
                                            Topics.CLOCKS,
                                            0,
                                            NO_TIMESTAMP,
                                            ClockSkews.key(site, node),
                                            known))
                            .get();
            long ackedNanos = System.nanoTime();
            if (taken.timestamp() == NO_TIMESTAMP) {
                warn("its message.timestamp.type has to be LogAppendTime");
                return;
            }
            synchronized (filter) {
                filter.add(sentNanos, ackedNanos, taken.timestamp());
            }
            isWarned = false;
            publishedWallMicros = wallMicros;
            publishedCondition = now;
        } catch (ExecutionException | RuntimeException e) {
            warn(String.valueOf(e.getCause() == null ? e : e.getCause()));
        }
    }

    private void warn(String reason) {
        if (!isWarned && !isClosed) {
            isWarned = true;
            log.atWarn()
                    .addKeyValue("topic", Topics.CLOCKS)
                    .addKeyValue("node", node)
                    .addKeyValue("reason", reason)
                    .log("the clock is not compared with Kafka's; it is tried again");
        }
    }

    /** Tells the next process with this name at once that the name is free. */
    private void sayGoodbye() {
        ClockReading last =
                ClockReading.newBuilder()
                        .setSite(site)
                        .setNode(node)
                        .setReadMicros(0)
                        .setKafkaAheadMicros(0)
                        .setErrorMicros(Long.MAX_VALUE)
                        .build();
        try {
            producer.send(
                            new ProducerRecord<>(
                                    Topics.CLOCKS,
                                    0,
                                    NO_TIMESTAMP,
                                    ClockSkews.key(site, node),
                                    last))
                    .get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            log.atDebug().addKeyValue("node", node).setCause(e).log("could not say that it stops");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!process.id().isEmpty()) {
            sayGoodbye();
        }
        producer.close(Duration.ZERO);
    }
}
