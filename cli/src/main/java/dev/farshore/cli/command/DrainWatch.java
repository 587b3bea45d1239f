package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.NodeReport;

import java.time.Duration;
import java.util.List;

/** Waits until nothing is written at a drained node, and says what is left. */
final class DrainWatch {
    private static final long INTERVAL_MILLIS = 250;

    /** What is only replicated moves, too, and nobody waits for it: after this, neither do we. */
    private static final Duration COPIES_PATIENCE = Duration.ofSeconds(15);

    /** A reason that stands for so long will not go away by itself. */
    private static final Duration STUCK_PATIENCE = Duration.ofSeconds(15);

    private final CoordinatorClient coordinator;
    private final CoordinatorOptions options;
    private int said = -1;

    DrainWatch(CoordinatorClient coordinator, CoordinatorOptions options) {
        this.coordinator = coordinator;
        this.options = options;
    }

    /**
     * @return the node as it is when nothing is written there, nothing that is can move, or the
     *     time is over
     */
    NodeReport untilDrained(NodeReport asked, Duration timeout) throws InterruptedException {
        long beginNanos = System.nanoTime();
        long movedNanos = beginNanos;
        NodeReport known = asked;
        int left = left(known);
        while (System.nanoTime() - beginNanos < timeout.toNanos()) {
            Duration unchanged = Duration.ofNanos(System.nanoTime() - movedNanos);
            boolean isWritten = !known.remaining().isEmpty();
            if (isWritten
                    ? areStuck(known) && unchanged.compareTo(STUCK_PATIENCE) > 0
                    : known.activeCopies() == 0 || unchanged.compareTo(COPIES_PATIENCE) > 0) {
                return known;
            }
            tell(known);
            Thread.sleep(INTERVAL_MILLIS);
            known = find(known);
            if (left(known) != left) {
                left = left(known);
                movedNanos = System.nanoTime();
            }
        }
        return known;
    }

    private static int left(NodeReport node) {
        return node.remaining().size() + node.activeCopies();
    }

    private static boolean areStuck(NodeReport node) {
        return node.remaining().stream().allMatch(NodeReport.Remaining::stuck);
    }

    private NodeReport find(NodeReport node) throws InterruptedException {
        List<NodeReport> all = coordinator.list("nodes", NodeReport.class);
        return all.stream()
                .filter(one -> one.site().equals(node.site()) && one.node().equals(node.node()))
                .findFirst()
                .orElseThrow(
                        () ->
                                CoordinatorException.answered(
                                        "site '%s' has no node '%s' any more"
                                                .formatted(node.site(), node.node())));
    }

    private void tell(NodeReport node) {
        int volumes = node.remaining().size();
        if (!options.isJson() && volumes != said && volumes > 0) {
            options.out().println("%d volumes are still written there".formatted(volumes));
            options.out().flush();
            said = volumes;
        }
    }
}
