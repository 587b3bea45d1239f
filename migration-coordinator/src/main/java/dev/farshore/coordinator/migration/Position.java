package dev.farshore.coordinator.migration;

import dev.farshore.schemas.event.Progress;

/**
 * Where a volume stood at a step of a migration.
 *
 * @param vmSeq {@link #UNKNOWN} while the event is applied but nowhere hardened
 * @param writesOffset likewise
 */
public record Position(int epoch, long seq, long vmSeq, long writesOffset) {
    public static final long UNKNOWN = -1;

    /** Of an image that has nothing yet. */
    static final Position START = new Position(0, 0, 0, UNKNOWN);

    /** The newest event that the image has on stable storage. */
    static Position hardenedIn(Progress image) {
        return new Position(
                image.getEpoch(),
                image.getHardenedSeq(),
                image.getHardenedVmSeq(),
                image.getHardenedWritesOffset());
    }

    /** The newest event in the image, hardened or not. */
    static Position appliedIn(Progress image) {
        return image.getHardenedSeq() == image.getAppliedSeq()
                ? hardenedIn(image)
                : new Position(image.getEpoch(), image.getAppliedSeq(), UNKNOWN, UNKNOWN);
    }
}
