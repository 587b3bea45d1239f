package dev.farshore.capture.ownership;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.util.Optional;

/**
 * What a step is decided by.
 *
 * @param wanted what the volume should be
 * @param cursor where the volume's log has got, as far as our image and the other node know
 * @param otherNode of our site that keeps the volume; empty while we do, or none has said so
 * @param image ours, if there is one
 */
record StepInput(
        VolumeSpec wanted,
        LogCursor cursor,
        Optional<KeptBy> otherNode,
        Optional<LocalImage> image) {

    /** Raises a VM's counter above all that the volume's image has. */
    VmClock raised(VmClock clock) {
        image.ifPresent(ours -> clock.raise(ours.applied().vmSeq()));
        return clock;
    }
}
