package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.SeedReport;
import dev.farshore.coordinator.api.report.VolumeReport;

import org.jspecify.annotations.Nullable;

/** Waits for the end of an import, and says how far it is. */
final class SeedWatch {
    private static final long INTERVAL_MILLIS = 500;

    private final CoordinatorClient coordinator;
    private final CoordinatorOptions options;
    private String said = "";

    SeedWatch(CoordinatorClient coordinator, CoordinatorOptions options) {
        this.coordinator = coordinator;
        this.options = options;
    }

    VolumeReport untilOver(VolumeReport asked) throws InterruptedException {
        String path = "volumes/" + CoordinatorClient.segment(asked.name());
        VolumeReport known = asked;
        while (!known.importing().isEmpty()) {
            tell(known);
            Thread.sleep(INTERVAL_MILLIS);
            known = coordinator.get(path, VolumeReport.class);
        }
        return known;
    }

    private void tell(VolumeReport volume) {
        String saying =
                volume.images().stream()
                        .filter(image -> image.site().equals(volume.owner()))
                        .map(image -> text(image.seed()))
                        .findFirst()
                        .orElse("waiting for site " + volume.owner());
        if (!options.isJson() && !saying.equals(said)) {
            options.out().println(saying);
            options.out().flush();
            said = saying;
        }
    }

    /** How far a seed is; {@code -} if there was none. */
    static String text(@Nullable SeedReport seed) {
        if (seed == null) {
            return "-";
        }
        if (!seed.problem().isEmpty()) {
            return seed.problem();
        }
        if (seed.id() == 0) {
            return "-";
        }
        if (seed.finished()) {
            return "finished";
        }
        return seed.totalBytes() == 0
                ? "begun"
                : "%d %%, %s of %s"
                        .formatted(
                                100 * seed.doneBytes() / seed.totalBytes(),
                                Bytes.text(seed.doneBytes()),
                                Bytes.text(seed.totalBytes()));
    }
}
