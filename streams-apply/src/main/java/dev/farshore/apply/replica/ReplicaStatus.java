package dev.farshore.apply.replica;

import dev.farshore.apply.image.ImagePosition;
import dev.farshore.schemas.event.Health;

/**
 * What a node knows of its copy of a volume.
 *
 * @param isActive false for a hot copy that follows another node
 * @param reason why the health is not {@code OK}, or what is wrong though it is; else empty
 * @param isConsistent whether the image is a state the volume had
 * @param isCompared whether the image is known to be of this very log, as far as can be told
 */
public record ReplicaStatus(
        String vvol,
        int partition,
        boolean isActive,
        Health health,
        String reason,
        ImagePosition applied,
        ImagePosition hardened,
        boolean isConsistent,
        boolean isCompared) {}
