package dev.farshore.node.query;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Optional;

/** Who answers a question about a volume. */
sealed interface Whom {

    /**
     * This node.
     *
     * @param blocks empty if nothing was ever written
     */
    record Here(VolumeSpec spec, Optional<DirtyBlocks> blocks) implements Whom {}

    /** Another node of the site. */
    record There(String httpUrl) implements Whom {}

    /** Nobody, for now. */
    record Nobody(String reason) implements Whom {}

    static Whom of(VolumeSpec spec, KnownBlocks known) {
        String vvol = spec.getVvol();
        if (known.isKeptHere(spec.getPartition())) {
            Optional<DirtyBlocks> blocks = known.blocks(vvol);
            return blocks.isPresent() || known.isServing()
                    ? new Here(spec, blocks)
                    : new Nobody("the index of volume %s is still being read".formatted(vvol));
        }
        Optional<Progress> keeper = known.keeper(vvol);
        if (keeper.isEmpty()) {
            return new Nobody(
                    "no node of site %s has said yet that it keeps volume %s"
                            .formatted(known.site(), vvol));
        }
        String name = keeper.get().getNode();
        if (name.equals(known.node())) {
            return new Nobody("volume %s is between two nodes; try again".formatted(vvol));
        }
        String url = keeper.get().getHttpUrl();
        return url.isEmpty()
                ? new Nobody(
                        "node %s keeps volume %s and does not answer HTTP: set its http.listen"
                                .formatted(name, vvol))
                : new There(url);
    }
}
