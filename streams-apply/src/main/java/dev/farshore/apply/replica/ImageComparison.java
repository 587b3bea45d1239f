package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;

/**
 * How far one replica's image has been compared with the log.
 *
 * <p>Threading: any thread. A result counts only for the comparison it was made for.
 */
public final class ImageComparison {
    // Written by the synchronized methods.
    private volatile Comparison current = new Comparison.Done();

    /** What is to be compared, or what came of it. */
    public Comparison current() {
        return current;
    }

    /** An image was opened. */
    synchronized void want(Image image) {
        ImagePosition position = image.applied();
        current = position.seq() == 0 ? new Comparison.Done() : new Comparison.Wanted(position);
    }

    /** Records come again from further back: perhaps from another log. */
    synchronized void wantAgain(Image image) {
        if (!(current instanceof Comparison.Failed)) {
            want(image);
        }
    }

    /** What has become of a comparison; nothing if another is wanted since. */
    public synchronized void finish(Comparison before, Comparison result) {
        if (current.equals(before)) {
            current = result;
        }
    }

    /** There is no image any more that could be of another log. */
    synchronized void forget() {
        current = new Comparison.Done();
    }
}
