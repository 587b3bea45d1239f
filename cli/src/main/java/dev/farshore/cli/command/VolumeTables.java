package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.VolumeReport;

import java.util.List;

/** How volumes are shown. */
final class VolumeTables {
    private VolumeTables() {}

    /** One line a volume. */
    static Table summary(List<VolumeReport> volumes) {
        Table table =
                new Table("VOLUME", "VM", "SIZE", "OWNER", "EPOCH", "PHASE", "DURABILITY", "SITES");
        for (VolumeReport volume : volumes) {
            table.row(
                    volume.name(),
                    volume.vm().isEmpty() ? "-" : volume.vm(),
                    Bytes.text(volume.sizeBytes()),
                    volume.owner(),
                    volume.epoch(),
                    volume.phase(),
                    volume.durability(),
                    String.join(
                            ",", volume.images().stream().map(VolumeReport.Image::site).toList()));
        }
        return table;
    }

    /** The volume, and its images. */
    static void show(VolumeReport volume, CoordinatorOptions options) {
        if (options.isJson()) {
            options.printJson(volume);
            return;
        }
        summary(List.of(volume)).print(options.out());
        if (!volume.images().isEmpty()) {
            options.out().println();
            images(volume).print(options.out());
        }
        if (!volume.notServed().isEmpty()) {
            options.out().println();
            notServed(volume).print(options.out());
        }
        if (!volume.faultyCopies().isEmpty()) {
            options.out().println();
            faultyCopies(volume).print(options.out());
        }
    }

    private static Table notServed(VolumeReport volume) {
        Table table = new Table("NOT SERVED AT", "NODE", "REASON", "SAID AT");
        for (VolumeReport.NotServed at : volume.notServed()) {
            table.row(at.site(), at.node(), at.reason(), at.told());
        }
        return table;
    }

    /** Hot copies among them: a node that is to take over should not find them out of order. */
    private static Table faultyCopies(VolumeReport volume) {
        Table table = new Table("FAULTY COPY AT", "NODE", "COPY", "HEALTH", "SAID AT");
        for (VolumeReport.FaultyCopy copy : volume.faultyCopies()) {
            table.row(
                    copy.site(),
                    copy.node(),
                    copy.active() ? "answers for the site" : "stands by",
                    copy.health() + ": " + copy.reason(),
                    copy.told());
        }
        return table;
    }

    private static Table images(VolumeReport volume) {
        Table table =
                new Table(
                        "SITE",
                        "NODE",
                        "HEALTH",
                        "EPOCH",
                        "STATE",
                        "CLIENTS",
                        "APPLIED",
                        "HARDENED",
                        "LAG s",
                        "LAG STATE",
                        "SEED",
                        "ENDPOINT");
        for (VolumeReport.Image image : volume.images()) {
            table.row(
                    image.site(),
                    image.node(),
                    health(image),
                    image.epoch(),
                    image.open() ? "open at " + image.epochOwner() : "sealed",
                    image.clients() == null ? "-" : image.clients(),
                    image.appliedSeq(),
                    image.hardenedSeq(),
                    lagSeconds(image),
                    lagState(image),
                    SeedWatch.text(image.seed()),
                    image.endpoint().isEmpty() ? "-" : image.endpoint());
        }
        return table;
    }

    private static Object lagSeconds(VolumeReport.Image image) {
        LagReport lag = image.lag();
        Double seconds = lag == null ? null : lag.seconds();
        return seconds == null ? "-" : seconds;
    }

    private static String lagState(VolumeReport.Image image) {
        LagReport lag = image.lag();
        String state = lag == null ? null : lag.state();
        return state == null ? "-" : state;
    }

    /** With what is wrong with the image, or with writing it. */
    private static String health(VolumeReport.Image image) {
        if (!image.reason().isEmpty()) {
            return image.health() + ": " + image.reason();
        }
        return image.notServed().isEmpty()
                ? image.health()
                : image.health() + ", not served: " + image.notServed();
    }
}
