package dev.farshore.node.query;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Optional;

/** Who answers a question about a volume. */
sealed interface QueryTarget {

    /**
     * This node.
     *
     * @param blocks empty if nothing was ever written
     */
    record ThisNode(VolumeSpec spec, Optional<DirtyBlocks> blocks) implements QueryTarget {}

    /** Another node of the site. */
    record OtherNode(String httpUrl) implements QueryTarget {}

    /** Nobody, for now. */
    record Unavailable(String reason) implements QueryTarget {}

    static QueryTarget of(VolumeSpec spec, KnownBlocks known) {
        String vvol = spec.getVvol();
        if (known.isKeptHere(spec.getPartition())) {
            Optional<DirtyBlocks> blocks = known.blocks(vvol);
            return blocks.isPresent() || known.isServing()
                    ? new ThisNode(spec, blocks)
                    : new Unavailable("the index of volume %s is still being read".formatted(vvol));
        }
        Optional<Progress> keeper = known.keeper(vvol);
        if (keeper.isEmpty()) {
            return new Unavailable(
                    "no node of site %s has said yet that it keeps volume %s"
                            .formatted(known.site(), vvol));
        }
        String name = keeper.get().getNode();
        if (name.equals(known.node())) {
            return new Unavailable("volume %s is between two nodes; try again".formatted(vvol));
        }
        String url = keeper.get().getHttpUrl();
        return url.isEmpty()
                ? new Unavailable(
                        "node %s keeps volume %s and does not answer HTTP: set its http.listen"
                                .formatted(name, vvol))
                : new OtherNode(url);
    }
}
