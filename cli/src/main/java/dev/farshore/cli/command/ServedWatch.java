package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.VolumeReport;

import java.io.PrintWriter;
import java.time.Duration;

/**
 * Waits a little until the owner of a new volume takes its writes, and says what is in the way. The
 * volume exists whatever comes of that, so it is no failure: a site may be started later.
 */
final class ServedWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long INTERVAL_MILLIS = 100;

    private final CoordinatorClient coordinator;

    ServedWatch(CoordinatorClient coordinator) {
        this.coordinator = coordinator;
    }

    /**
     * @param err told if it is not served in time
     * @return the newest that is known of it
     */
    VolumeReport untilServed(VolumeReport created, PrintWriter err) throws InterruptedException {
        String path = "volumes/" + CoordinatorClient.segment(created.name());
        long beginNanos = System.nanoTime();
        VolumeReport known = created;
        try {
            while (!isServed(known)
                    && known.notServed().isEmpty()
                    && System.nanoTime() - beginNanos < PATIENCE.toNanos()) {
                Thread.sleep(INTERVAL_MILLIS);
                known = coordinator.get(path, VolumeReport.class);
            }
        } catch (CoordinatorException e) {
            err.println(
                    "volume %s is created; how it is: %s".formatted(known.name(), e.getMessage()));
            return known;
        }
        if (!isServed(known)) {
            err.println(
                    "volume %s is created and not served yet: %s"
                            .formatted(known.name(), waitsFor(known)));
        }
        return known;
    }

    private static boolean isServed(VolumeReport volume) {
        return volume.images().stream()
                .anyMatch(
                        image ->
                                image.site().equals(volume.owner())
                                        && image.epoch() >= volume.epoch()
                                        && image.open()
                                        && image.notServed().isEmpty());
    }

    private static String waitsFor(VolumeReport volume) {
        return volume.notServed().stream()
                .map(at -> at.node() + " says: " + at.reason())
                .findFirst()
                .orElse("waiting for a node of site " + volume.owner());
    }
}
