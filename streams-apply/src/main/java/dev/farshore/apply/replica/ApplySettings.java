package dev.farshore.apply.replica;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * @param directory where the images are
 * @param hardenInterval longest wait of an applied event before it is hardened
 * @param positionInterval shortest time between two writes of a partition's position; after a crash
 *     records since the last one are read again, but not applied again
 * @param windowEvents how many events an image may be ahead of its superblock
 * @param settleAfter how long a volume must be idle for its superblock to say that it is clean; its
 *     next event then waits for the disk
 * @param retryInterval between attempts to bring a faulted volume back
 * @param isHardenedAtFlush whether a FLUSH of a volume is hardened at once ({@code remote} mode)
 */
public record ApplySettings(
        Path directory,
        Duration hardenInterval,
        Duration positionInterval,
        long windowEvents,
        Duration settleAfter,
        Duration retryInterval,
        Predicate<String> isHardenedAtFlush) {

    public static final Duration DEFAULT_HARDEN_INTERVAL = Duration.ofMillis(100);

    public ApplySettings {
        if (hardenInterval.isNegative() || windowEvents < 1) {
            throw new IllegalArgumentException(
                    "hardenInterval %s must not be negative and windowEvents %d must be at least 1"
                            .formatted(hardenInterval, windowEvents));
        }
    }

    /** What suits most sites. */
    public static ApplySettings in(Path directory) {
        return new ApplySettings(
                directory,
                DEFAULT_HARDEN_INTERVAL,
                Duration.ofSeconds(5),
                1 << 16,
                Duration.ofMinutes(1),
                Duration.ofSeconds(5),
                vvol -> false);
    }

    public ApplySettings withHardenInterval(Duration interval) {
        return new ApplySettings(
                directory,
                interval,
                positionInterval,
                windowEvents,
                settleAfter,
                retryInterval,
                isHardenedAtFlush);
    }

    public ApplySettings withHardenedAtFlush(Predicate<String> predicate) {
        return new ApplySettings(
                directory,
                hardenInterval,
                positionInterval,
                windowEvents,
                settleAfter,
                retryInterval,
                predicate);
    }
}
