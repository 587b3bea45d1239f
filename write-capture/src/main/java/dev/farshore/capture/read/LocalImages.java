package dev.farshore.capture.read;

import java.util.Optional;

/** What this node has of volumes, as its appliers keep it. Threading: any thread. */
public interface LocalImages {
    Optional<LocalImage> find(String vvol);

    /** Newest event of the volume known from the headers topic; 0 when none is. */
    long newestHeaderSeq(String vvol);

    /**
     * Whether the images of a partition have taken in everything that was in the log when this node
     * started: from then on they, and nobody else, know what the node itself had published before.
     */
    boolean isCaughtUp(int partition);
}
