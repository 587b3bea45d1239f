package dev.farshore.capture.export;

import dev.farshore.capture.read.latest.ReplicaImage;

import java.util.List;
import java.util.Optional;

/** The volumes a node can show. Threading: any thread. */
public interface SiteVolumes {

    /** Names of those that have an image here, in order. */
    List<String> vvols();

    /** Its image as it is open now; empty if there is none here, or it can't be opened. */
    Optional<ReplicaImage> image(String vvol);

    /** Partition of its log; empty if there is no such volume. */
    Optional<Integer> partition(String vvol);

    /** Why a volume has no image here, as far as is known; for error texts. */
    String whyNoImage(String vvol);

    /** Age of the oldest event that the image has not hardened; 0 if it has all. */
    double secondsBehind(String vvol);
}
