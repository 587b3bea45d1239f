package dev.farshore.node.placement;

import dev.farshore.schemas.event.FaultyCopy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Requests a rebalance when this node keeps partitions that belong elsewhere: the placement has
 * changed, this node is to be drained, the copy here has become faulty, or one elsewhere healthy.
 * It asks twice for each change and then stops: the wanted node may not be there, and when it
 * comes, there is a rebalance anyway. At the node that assigns partitions it also asks for the next
 * step of a drain ({@link DrainTurns}).
 *
 * <p>Threading: changes come from any thread; a thread of its own checks.
 */
public final class PlacementWatch implements AutoCloseable {
    /** So that the node that assigns partitions has read the change, too. */
    private static final Duration SETTLING = Duration.ofSeconds(2);

    /** In case it had not. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(20);

    /** How soon the next volumes leave a drained node once those before them are served again. */
    private static final Duration TURN_INTERVAL = Duration.ofMillis(200);

    /** How long a rebalance that was asked for may take to begin. */
    private static final Duration TURN_PATIENCE = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(PlacementWatch.class);

    /** Belongs to the thread that looks. */
    private long askedForTurnNanos = System.nanoTime() - TURN_PATIENCE.toNanos();

    private final String node;
    private final VolumePlacement placement;
    private final SiteNodes nodes;
    private final Supplier<Set<Integer>> activePartitions;
    private final Consumer<String> rebalance;
    private volatile Map<String, List<FaultyCopy>> faults = Map.of();
    private volatile Set<String> drained = Set.of();
    private volatile boolean isDrainedNoMore;
    private final AtomicBoolean isDue = new AtomicBoolean();
    private final ScheduledExecutorService looking =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("farshore-placement").factory());

    /**
     * @param activePartitions those that this node answers for by now
     * @param rebalance has partitions assigned anew; is told why
     */
    public PlacementWatch(
            String node,
            VolumePlacement placement,
            SiteNodes nodes,
            Supplier<Set<Integer>> activePartitions,
            Consumer<String> rebalance) {
        this.node = node;
        this.placement = placement;
        this.nodes = nodes;
        this.activePartitions = activePartitions;
        this.rebalance = rebalance;
        looking.scheduleWithFixedDelay(
                this::lookForNextTurn,
                TURN_INTERVAL.toMillis(),
                TURN_INTERVAL.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** A spec has changed. */
    public void changed() {
        if (placement.changed()) {
            lookSoon();
        }
    }

    /** A node has said something of itself. */
    public void nodesChanged() {
        Map<String, List<FaultyCopy>> now = nodes.faults();
        Set<String> drainedNow = nodes.drained();
        if (!now.equals(faults) || !drainedNow.equals(drained)) {
            isDrainedNoMore = drained.contains(node) && !drainedNow.contains(node);
            faults = now;
            drained = drainedNow;
            lookSoon();
        }
    }

    private void lookSoon() {
        if (isDue.compareAndSet(false, true)) {
            looking.schedule(this::firstLook, SETTLING.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void firstLook() {
        isDue.set(false);
        if (isDrainedNoMore) {
            isDrainedNoMore = false;
            rebalance.accept("node %s is drained no more".formatted(node));
        }
        look();
        looking.schedule(this::look, SECOND_LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        reasonToMove().ifPresent(rebalance);
    }

    private void lookForNextTurn() {
        try {
            long nowNanos = System.nanoTime();
            if (nowNanos - askedForTurnNanos > TURN_PATIENCE.toNanos()
                    && placement.isNextTurnDue()) {
                askedForTurnNanos = nowNanos;
                rebalance.accept("the next volumes can leave the drained node");
            }
        } catch (RuntimeException e) {
            log.atError().addKeyValue("node", node).setCause(e).log("drained nodes not looked at");
        }
    }

    /** Why partitions should be assigned anew; empty if they need not. */
    Optional<String> reasonToMove() {
        Set<String> drainedNow = nodes.drained();
        if (drainedNow.contains(node) && placement.isAnythingToDrain()) {
            return Optional.of("node %s is drained".formatted(node));
        }
        Set<Integer> here = activePartitions.get();
        for (int partition : here) {
            if (placement.faultyAt(partition).contains(node)) {
                if (nodes.isElsewhereHealthy(node, partition)) {
                    return Optional.of(
                            "the copy of partition %d at %s is faulty".formatted(partition, node));
                }
                continue;
            }
            String wish =
                    placement
                            .nodeOf(partition)
                            .filter(wanted -> !drainedNow.contains(wanted))
                            .orElse(node);
            if (!wish.equals(node)) {
                return Optional.of("partition %d belongs at %s".formatted(partition, wish));
            }
            if (!here.containsAll(placement.together(partition))) {
                return Optional.of(
                        "partitions %s belong together".formatted(placement.together(partition)));
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
