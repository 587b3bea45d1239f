package dev.farshore.node.query;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.Optional;

/** What a node knows of blocks, and who else would know. Threading: any thread. */
public interface KnownBlocks {
    String site();

    String node();

    /** What should be of a volume; empty if there is none of that name. */
    Optional<VolumeSpec> spec(String vvol);

    /** Whether this node, of all of the site's, answers for a partition. */
    boolean isKeptHere(int partition);

    /** Whether the node has all its partitions and follows the log. */
    boolean isServing();

    /** What this node's index has of a volume; empty before its first header. */
    Optional<DirtyBlocks> blocks(String vvol);

    /**
     * Why this node's image of a volume lacks blocks that no header tells of; empty if it does not.
     */
    Optional<String> whyImageIsNotWhole(String vvol);

    /** What the node of this site that keeps a volume has said last. */
    Optional<Progress> keeper(String vvol);
}
