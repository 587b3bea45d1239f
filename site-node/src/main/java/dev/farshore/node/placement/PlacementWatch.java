package dev.farshore.node.placement;

import dev.farshore.schemas.event.FaultyCopy;

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
 * changed, the copy here has become faulty, or one elsewhere healthy. It asks twice for each change
 * and then stops: the wanted node may not be there, and when it comes, there is a rebalance anyway.
 *
 * <p>Threading: changes come from any thread; a thread of its own checks.
 */
public final class PlacementWatch implements AutoCloseable {
    /** So that the node that assigns partitions has read the change, too. */
    private static final Duration SETTLING = Duration.ofSeconds(2);

    /** In case it had not. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(20);

    private final String node;
    private final VolumePlacement placement;
    private final SiteNodes nodes;
    private final Supplier<Set<Integer>> activePartitions;
    private final Consumer<String> rebalance;
    private volatile Map<String, List<FaultyCopy>> faults = Map.of();
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
        if (!now.equals(faults)) {
            faults = now;
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
        look();
        looking.schedule(this::look, SECOND_LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        reasonToMove().ifPresent(rebalance);
    }

    /** Why partitions should be assigned anew; empty if they need not. */
    Optional<String> reasonToMove() {
        Set<Integer> here = activePartitions.get();
        for (int partition : here) {
            if (placement.faultyAt(partition).contains(node)) {
                if (nodes.isElsewhereHealthy(node, partition)) {
                    return Optional.of(
                            "the copy of partition %d at %s is faulty".formatted(partition, node));
                }
                continue;
            }
            String wish = placement.nodeOf(partition).orElse(node);
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
