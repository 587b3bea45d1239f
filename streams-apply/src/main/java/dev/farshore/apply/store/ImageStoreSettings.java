package dev.farshore.apply.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * @param directory where the images are
 * @param hardenInterval at most so long an applied event waits to be hardened
 * @param positionInterval at least so long between two notes of a partition's position; after a
 *     crash records since the last one are read again, though not applied again
 * @param windowEvents how many events an image may be ahead of its superblock
 * @param settleAfter how long a volume must be idle for its superblock to say that it is clean; its
 *     next event then waits for the disk
 * @param retryInterval between attempts to bring a faulted volume back
 * @param isHardenedAtFlush whether a FLUSH of a volume is hardened at once ({@code remote} mode)
 */
public record ImageStoreSettings(
        Path directory,
        Duration hardenInterval,
        Duration positionInterval,
        long windowEvents,
        Duration settleAfter,
        Duration retryInterval,
        Predicate<String> isHardenedAtFlush) {

    public ImageStoreSettings {
        if (hardenInterval.isNegative() || windowEvents < 1) {
            throw new IllegalArgumentException(
                    "hardenInterval %s must not be negative and windowEvents %d must be at least 1"
                            .formatted(hardenInterval, windowEvents));
        }
    }

    /** What suits most sites. */
    public static ImageStoreSettings in(Path directory) {
        return new ImageStoreSettings(
                directory,
                Duration.ofMillis(100),
                Duration.ofSeconds(5),
                1 << 16,
                Duration.ofMinutes(1),
                Duration.ofSeconds(5),
                vvol -> false);
    }

    public ImageStoreSettings withHardenInterval(Duration interval) {
        return new ImageStoreSettings(
                directory,
                interval,
                positionInterval,
                windowEvents,
                settleAfter,
                retryInterval,
                isHardenedAtFlush);
    }

    public ImageStoreSettings withWindowEvents(long events) {
        return new ImageStoreSettings(
                directory,
                hardenInterval,
                positionInterval,
                events,
                settleAfter,
                retryInterval,
                isHardenedAtFlush);
    }

    public ImageStoreSettings withRetryInterval(Duration interval) {
        return new ImageStoreSettings(
                directory,
                hardenInterval,
                positionInterval,
                windowEvents,
                settleAfter,
                interval,
                isHardenedAtFlush);
    }

    public ImageStoreSettings withHardenedAtFlush(Predicate<String> predicate) {
        return new ImageStoreSettings(
                directory,
                hardenInterval,
                positionInterval,
                windowEvents,
                settleAfter,
                retryInterval,
                predicate);
    }

    public ImageStoreSettings withPositionInterval(Duration interval) {
        return new ImageStoreSettings(
                directory,
                hardenInterval,
                interval,
                windowEvents,
                settleAfter,
                retryInterval,
                isHardenedAtFlush);
    }
}
