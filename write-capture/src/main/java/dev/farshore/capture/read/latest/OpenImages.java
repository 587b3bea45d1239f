package dev.farshore.capture.read.latest;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * The image of a volume for its readers. It is closed for a moment when its node takes it over, or
 * opens it anew after a fault. Threading: any thread.
 */
final class OpenImages {
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(1).toNanos();

    private final String vvol;
    private final Supplier<Optional<ReplicaImage>> images;

    /**
     * @param images as it is open now
     */
    OpenImages(String vvol, Supplier<Optional<ReplicaImage>> images) {
        this.vvol = vvol;
        this.images = images;
    }

    /**
     * Waits until it is open.
     *
     * @throws IOException if it is not at the deadline
     */
    ReplicaImage await(long deadlineNanos) throws IOException {
        Optional<ReplicaImage> image = images.get();
        while (image.isEmpty()) {
            if (System.nanoTime() > deadlineNanos) {
                throw new IOException("the image of " + vvol + " is not open here");
            }
            pause();
            image = images.get();
        }
        return image.get();
    }

    /** Empty if it is not open. */
    Optional<ReplicaImage> openNow() {
        return images.get();
    }

    /** Whether it is still that one. */
    boolean isOpen(ReplicaImage image) {
        return images.get().filter(image::equals).isPresent();
    }

    /** Before looking again. */
    static void pause() {
        LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
}
