package dev.farshore.cli.node;

import dev.farshore.apply.site.SiteApplication;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has partitions assigned anew when this node keeps some that belong elsewhere by a changed
 * placement. It asks for each change twice and then lets it be: the wish may be for a node that is
 * not there, and when that comes, partitions are assigned anew anyway.
 *
 * <p>Threading: any thread tells of changes; a thread of its own looks.
 */
final class PlacementWatch implements AutoCloseable {
    /** So that the node that assigns has read the change, too. */
    private static final Duration SETTLING = Duration.ofSeconds(2);

    /** In case it had not. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(20);

    private final String node;
    private final SpecPlacement placement;
    private final SiteApplication application;
    private final AtomicBoolean isDue = new AtomicBoolean();
    private final ScheduledExecutorService looking =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("farshore-placement").factory());

    PlacementWatch(String node, SpecPlacement placement, SiteApplication application) {
        this.node = node;
        this.placement = placement;
        this.application = application;
    }

    /** A spec has changed. */
    void changed() {
        if (placement.changed() && isDue.compareAndSet(false, true)) {
            looking.schedule(this::firstLook, SETTLING.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void firstLook() {
        isDue.set(false);
        look();
        looking.schedule(this::look, SECOND_LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        Set<Integer> here = application.images().activePartitions();
        for (int partition : here) {
            String wish = placement.nodeOf(partition).orElse(node);
            if (!wish.equals(node)) {
                application.rebalance("partition %d belongs at %s".formatted(partition, wish));
                return;
            }
            if (!here.containsAll(placement.together(partition))) {
                application.rebalance(
                        "partitions %s belong together".formatted(placement.together(partition)));
                return;
            }
        }
    }

    @Override
    public void close() {
        looking.shutdownNow();
    }
}
