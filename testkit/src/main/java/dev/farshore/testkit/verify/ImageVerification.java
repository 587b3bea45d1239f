package dev.farshore.testkit.verify;

import java.util.ArrayList;
import java.util.List;

/**
 * What the comparison of a volume's images found.
 *
 * @param lostWrites acknowledged writes of which a sector is missing in an image
 * @param wrongSectors sectors that are not what the record says, over all images
 * @param imagesIdentical whether all images are the same, byte for byte
 * @param comparedBytes read and compared, in each image; the rest is known to be zeroes
 * @param differences the first ones, by offset
 */
public record ImageVerification(
        String vvol,
        long lostWrites,
        long wrongSectors,
        boolean imagesIdentical,
        long comparedBytes,
        List<Difference> differences) {

    public ImageVerification {
        differences = List.copyOf(differences);
    }

    public boolean isFaultless() {
        return lostWrites == 0 && wrongSectors == 0 && imagesIdentical;
    }

    /** A list that keeps only the first differences. */
    static final class Differences {
        private static final int MAX_KEPT = 20;

        private final List<Difference> kept = new ArrayList<>();

        boolean isFull() {
            return kept.size() >= MAX_KEPT;
        }

        void add(Difference difference) {
            if (!isFull()) {
                kept.add(difference);
            }
        }

        List<Difference> kept() {
            return kept;
        }
    }
}
