package dev.farshore.node;

import dev.farshore.schemas.clock.ClockProbe;
import dev.farshore.schemas.clock.ClockSkews;
import dev.farshore.schemas.clock.NodeCondition;
import dev.farshore.schemas.clock.ProcessIdentity;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.topic.CompactedView;

import org.apache.kafka.common.serialization.Serializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A node's claim to its name against other processes configured with the same one. Kafka would let
 * the newer process take the older one's place in the site, and volumes would be reported at the
 * wrong node. (No write is at stake: an epoch has one process as its writer.)
 *
 * <p>Every process publishes its identity in {@code farshore.clocks} every few seconds. A starting
 * process waits to see whether the last holder of the name is still heard from, unless that one has
 * said that it stops, or used the data folder that is now locked by us. Of two that run, the one
 * that started later ends. Both decide alike: start times are by Kafka's clock and their own
 * monotonic ones.
 *
 * <p>Threading: {@link #claim} by who starts the node, the rest by any.
 */
final class NameClaim {
    private static final Logger log = LoggerFactory.getLogger(NameClaim.class);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

    /**
     * More than the error of measured clocks, and than a start takes until it locks its data
     * folder.
     */
    private static final long START_MARGIN_MICROS = 2_000_000;

    private final String site;
    private final String node;
    private final ProcessIdentity own;
    private final Duration patience;
    private final LongSupplier nanoClock;
    private final CompletableFuture<String> lost = new CompletableFuture<>();
    private final Set<String> toldOf = new HashSet<>();

    /**
     * @param nanoClock monotonic
     */
    NameClaim(String site, String node, ProcessIdentity own, LongSupplier nanoClock) {
        this(site, node, own, ClockProbe.INTERVAL.plusSeconds(2), nanoClock);
    }

    /**
     * @param patience how long a process that lives may say nothing
     */
    NameClaim(
            String site,
            String node,
            ProcessIdentity own,
            Duration patience,
            LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.site = site;
        this.node = node;
        this.own = own;
        this.patience = patience;
    }

    /**
     * Waits until no other process uses the name, and says from then on that ours does.
     *
     * @param condition how the node is, to be said with it
     * @param readings of {@code farshore.clocks}, loaded
     * @return who says so; the caller closes it
     * @throws IOException if another process uses the name
     */
    ClockProbe claim(
            Map<String, ?> kafka,
            Serializer<ClockReading> serializer,
            InstantSource clock,
            Supplier<NodeCondition> condition,
            CompactedView<ClockReading> readings,
            Consumer<String> news)
            throws IOException, InterruptedException {
        String key = ClockSkews.key(site, node);
        awaitFree(() -> readings.get(key), news);
        ClockProbe probe = ClockProbe.start(kafka, serializer, clock, site, node, own, condition);
        readings.listen(
                (said, reading) -> {
                    if (said.equals(key) && reading != null) {
                        heard(reading, probe.reading());
                    }
                });
        return probe;
    }

    /** A random number of this process. */
    String process() {
        return own.id();
    }

    /**
     * Returns when no other process uses the name. To be called before ours says anything.
     *
     * @param newest what was said last under this name
     * @throws IOException if another does
     */
    void awaitFree(Supplier<Optional<ClockReading>> newest, Consumer<String> news)
            throws IOException, InterruptedException {
        ClockReading last = newest.get().orElse(null);
        if (last == null || last.getProcess().isEmpty() || isOfOurFolder(last)) {
            return;
        }
        news.accept(
                "Waiting whether another process still runs as node %s: %s"
                        .formatted(node, where(last)));
        long deadlineNanos = nanoClock.getAsLong() + patience.toNanos();
        while (nanoClock.getAsLong() < deadlineNanos) {
            Thread.sleep(LOOK_INTERVAL);
            ClockReading now = newest.get().orElse(last);
            if (now.getProcess().isEmpty()) {
                return; // it has stopped
            }
            if (!now.equals(last)) {
                throw new IOException(inUse(now));
            }
        }
    }

    /**
     * Something was said under this name.
     *
     * @param ours what we would say now; empty before our clock was compared with Kafka's
     */
    void heard(ClockReading theirs, Optional<ClockReading> ours) {
        if (theirs.getProcess().isEmpty()
                || theirs.getProcess().equals(own.id())
                || theirs.getErrorMicros() == Long.MAX_VALUE
                || ours.isEmpty()
                || !isSaidSinceStart(theirs, ours.get())) {
            return;
        }
        if (isBefore(theirs, ours.get())) {
            lost.complete(inUse(theirs));
        } else if (isNews(theirs.getProcess())) {
            log.atError()
                    .addKeyValue("node", node)
                    .addKeyValue("host", theirs.getHost())
                    .addKeyValue("dataDir", theirs.getDataDir())
                    .log(
                            "another process was started as this node; it has to end, this one goes on");
        }
    }

    /** Why this process has to end; completed when another has the better claim. */
    CompletableFuture<String> lost() {
        return lost;
    }

    private synchronized boolean isNews(String process) {
        return toldOf.add(process);
    }

    private boolean isOfOurFolder(ClockReading reading) {
        return reading.getHost().equals(own.host()) && reading.getDataDir().equals(own.dataDir());
    }

    private static boolean isBefore(ClockReading theirs, ClockReading ours) {
        int byStart = Long.compare(startMicros(theirs), startMicros(ours));
        return byStart < 0
                || (byStart == 0 && theirs.getProcess().compareTo(ours.getProcess()) < 0);
    }

    /**
     * False for what a process that has gone left in the topic, such as the one before us. A living
     * process will say more.
     */
    private static boolean isSaidSinceStart(ClockReading theirs, ClockReading ours) {
        long saidMicros = theirs.getReadMicros() + theirs.getKafkaAheadMicros();
        return saidMicros > startMicros(ours) + START_MARGIN_MICROS;
    }

    /** By Kafka's clock. */
    private static long startMicros(ClockReading reading) {
        return reading.getReadMicros() + reading.getKafkaAheadMicros() - reading.getUptimeMicros();
    }

    private String inUse(ClockReading by) {
        return "the name of node %s of site %s is in use by another process: %s. Every node needs a name and a data folder of its own; set `node:` in its configuration"
                .formatted(node, site, where(by));
    }

    private static String where(ClockReading reading) {
        return "host %s, data folder %s".formatted(reading.getHost(), reading.getDataDir());
    }
}
