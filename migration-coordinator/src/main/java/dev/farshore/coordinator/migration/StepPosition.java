package dev.farshore.coordinator.migration;

import dev.farshore.schemas.event.Progress;

/**
 * Where a volume stood at a step of a migration.
 *
 * @param vmSeq {@link #UNKNOWN} while the event is applied but nowhere hardened
 * @param writesOffset likewise
 */
public record StepPosition(int epoch, long seq, long vmSeq, long writesOffset) {
    public static final long UNKNOWN = -1;

    /** Of an image that has nothing yet. */
    static final StepPosition START = new StepPosition(0, 0, 0, UNKNOWN);

    /** The newest event that the image has on stable storage. */
    static StepPosition hardenedIn(Progress image) {
        return new StepPosition(
                image.getEpoch(),
                image.getHardenedSeq(),
                image.getHardenedVmSeq(),
                image.getHardenedWritesOffset());
    }

    /** The newest event in the image, hardened or not. */
    static StepPosition appliedIn(Progress image) {
        return image.getHardenedSeq() == image.getAppliedSeq()
                ? hardenedIn(image)
                : new StepPosition(image.getEpoch(), image.getAppliedSeq(), UNKNOWN, UNKNOWN);
    }
}
