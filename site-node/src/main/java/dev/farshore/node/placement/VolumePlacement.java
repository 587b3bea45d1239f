package dev.farshore.node.placement;

import dev.farshore.apply.assign.Placement;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which node each partition of a site belongs to, by the volumes' specs. Volumes of one VM that are
 * written at this site belong on one node, because the VM seq is counted there. Threading: any
 * thread.
 */
public final class VolumePlacement implements Placement {
    private final String site;
    private final Supplier<Collection<VolumeSpec>> specs;
    private final SiteNodes nodes;
    private final DrainTurns turns;
    private volatile @Nullable SiteLayout layout;

    /**
     * @param specs all that there are now
     * @param turns what leaves drained nodes, and when
     */
    public VolumePlacement(
            SiteNodes nodes, Supplier<Collection<VolumeSpec>> specs, DrainTurns turns) {
        this.site = nodes.site();
        this.nodes = nodes;
        this.specs = specs;
        this.turns = turns;
    }

    /**
     * Specs have changed.
     *
     * @return whether that is another placement than the one that was known
     */
    boolean changed() {
        SiteLayout before = layout;
        SiteLayout after = SiteLayout.of(site, specs.get());
        layout = after;
        return before != null && !before.equals(after);
    }

    @Override
    public Optional<String> nodeOf(int partition) {
        return layout().wishes().getOrDefault(partition, List.of()).stream()
                .filter(node -> !nodes.isElsewhere(node))
                .findFirst();
    }

    @Override
    public boolean isWritten(int partition) {
        return layout().isWritten(partition);
    }

    @Override
    public Set<String> faultyAt(int partition) {
        return nodes.faultyAt(partition);
    }

    @Override
    public Set<String> drained() {
        return nodes.drained();
    }

    @Override
    public Set<Integer> leaving() {
        return turns.leaving(layout());
    }

    @Override
    public Set<Integer> together(int partition) {
        return layout().group(partition);
    }

    /** Whether something is at a drained node that another node can take over. */
    boolean isAnythingToDrain() {
        return turns.isAnythingToMove(layout());
    }

    /** Whether something at a drained node can go now that those before it are served again. */
    boolean isNextTurnDue() {
        return turns.isNextDue(layout());
    }

    private SiteLayout layout() {
        SiteLayout known = layout;
        if (known == null) {
            known = SiteLayout.of(site, specs.get());
            layout = known;
        }
        return known;
    }
}
