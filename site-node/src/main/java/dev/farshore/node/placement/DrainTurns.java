package dev.farshore.node.placement;

import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.EpochOwner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What leaves the drained nodes of a site, one step after the other: first all that is not written
 * here, as nobody waits for it; then one VM with all its volumes (or the VMs that share partitions
 * with it), and the next only when those volumes are written at their new node. So a guest waits
 * for its own hand-over only, and where volumes can't be opened elsewhere, for instance because no
 * coordinator gives them epochs, it stays with the first.
 *
 * <p>The turn is kept by the node that assigns partitions, which is the one that asks {@link
 * #leaving}. Another that comes to assign them begins with the first that is left; at worst two VMs
 * move at once.
 *
 * <p>Threading: any thread.
 */
public final class DrainTurns {
    private static final Logger log = LoggerFactory.getLogger(DrainTurns.class);

    /** After this time another gets its turn, if those whose turn it is have not begun to move. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SiteNodes nodes;
    private final Function<String, Optional<Progress>> reports;
    private final LongSupplier nanoClock;

    /** Guarded by this; null before the first turn and between two drains. */
    private @Nullable Turn turn;

    /**
     * @param volumes those that were written somewhere when the turn was given
     */
    private record Turn(Set<Integer> partitions, List<String> volumes, long givenNanos) {}

    /**
     * @param reports by volume: what this site has reported last
     * @param nanoClock monotonic
     */
    public DrainTurns(
            SiteNodes nodes, Function<String, Optional<Progress>> reports, LongSupplier nanoClock) {
        this.nodes = nodes;
        this.reports = reports;
        this.nanoClock = nanoClock;
    }

    /** Partitions that leave now; whoever asks moves them. */
    synchronized Set<Integer> leaving(SiteLayout layout) {
        Set<Integer> here = atDrainedNodes();
        if (here.isEmpty() && turn == null) {
            return Set.of();
        }
        if (!isOver(here)) {
            return turn == null ? Set.of() : turn.partitions();
        }
        turn = next(layout, here).orElse(null);
        if (turn == null) {
            return Set.of();
        }
        log.atInfo()
                .addKeyValue("site", nodes.site())
                .addKeyValue("partitions", turn.partitions())
                .addKeyValue("vvols", turn.volumes())
                .log("these leave the drained node");
        return turn.partitions();
    }

    /** Whether we have given a turn, that is over, and another can be given. */
    synchronized boolean isNextDue(SiteLayout layout) {
        if (turn == null) {
            return false;
        }
        Set<Integer> here = atDrainedNodes();
        return isOver(here) && next(layout, here).isPresent();
    }

    /** Whether something is at a drained node that another node can take over. */
    boolean isAnythingToMove(SiteLayout layout) {
        Set<Integer> here = atDrainedNodes();
        return here.stream().anyMatch(partition -> canGo(layout, layout.group(partition)));
    }

    private Set<Integer> atDrainedNodes() {
        Set<String> drained = nodes.drained();
        Set<Integer> here = new TreeSet<>();
        if (!drained.isEmpty()) {
            here.addAll(nodes.activeAt(drained::contains));
            // A node that has died still says so.
            here.removeAll(nodes.activeAt(node -> !drained.contains(node)));
        }
        return here;
    }

    private boolean isOver(Set<Integer> here) {
        Turn given = turn;
        if (given == null) {
            return true;
        }
        if (given.partitions().stream().anyMatch(here::contains)) {
            return nanoClock.getAsLong() - given.givenNanos() > PATIENCE.toNanos()
                    && given.volumes().stream().allMatch(this::isWritten);
        }
        Set<String> drained = nodes.drained();
        return given.volumes().stream()
                .allMatch(vvol -> writer(vvol).filter(node -> !drained.contains(node)).isPresent());
    }

    private boolean isWritten(String vvol) {
        return writer(vvol).isPresent();
    }

    /** The node that keeps a volume and writes it; empty while these are two, or there is none. */
    private Optional<String> writer(String vvol) {
        return reports.apply(vvol)
                .filter(Progress::getOpen)
                .filter(
                        report ->
                                EpochOwner.parse(report.getEpochOwner())
                                        .node()
                                        .equals(report.getNode()))
                .map(Progress::getNode);
    }

    private Optional<Turn> next(SiteLayout layout, Set<Integer> here) {
        Set<Integer> notWritten = new TreeSet<>(here);
        notWritten.removeIf(
                partition -> layout.isWritten(partition) || !canGo(layout, Set.of(partition)));
        if (!notWritten.isEmpty() && !isTurnOf(notWritten)) {
            return Optional.of(new Turn(notWritten, List.of(), nanoClock.getAsLong()));
        }
        int after = lastOfTurn();
        return here.stream()
                .filter(layout::isWritten)
                .map(layout::group)
                .filter(group -> canGo(layout, group))
                .distinct()
                .min(
                        Comparator.comparing((Set<Integer> group) -> first(group) <= after)
                                .thenComparing(DrainTurns::first))
                .map(
                        group ->
                                new Turn(
                                        Set.copyOf(group),
                                        layout.writtenVolumes(group).stream()
                                                .filter(this::isWritten)
                                                .toList(),
                                        nanoClock.getAsLong()));
    }

    private boolean canGo(SiteLayout layout, Set<Integer> group) {
        return group.stream().noneMatch(layout.handedOver()::contains) && nodes.canTakeOver(group);
    }

    private boolean isTurnOf(Set<Integer> partitions) {
        return turn != null && turn.partitions().containsAll(partitions);
    }

    /** Those behind it come first, so that one that can't move does not hold up the others. */
    private int lastOfTurn() {
        return turn == null ? -1 : first(turn.partitions());
    }

    private static int first(Set<Integer> group) {
        return group.stream().mapToInt(Integer::intValue).min().orElse(-1);
    }
}
