package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.api.request.VolumeSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;

/** {@code farshore volume …}. */
@Command(
        name = "volume",
        description = "Create, import, show, change, reseed, reopen and delete volumes.",
        subcommands = {
            DirtyCommand.class,
            VolumeDeleteCommand.class,
            VolumeImportCommand.class,
            VolumeReseedCommand.class
        })
public final class VolumeCommand implements Runnable {
    private static final String PATH = "volumes";

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Name a command: create, import, list, show, set, resize, reseed, reopen, delete or dirty.");
    }

    @Command(description = "Create an empty volume.")
    int create(
            @Parameters(paramLabel = "NAME", description = "1 to 63 of a-z, 0-9, '.', '_' and '-'.")
                    String name,
            @Option(
                            names = "--size",
                            required = true,
                            paramLabel = "BYTES",
                            converter = Bytes.class,
                            description = "A multiple of 512; units as in 64MiB or 32G.")
                    Long sizeBytes,
            @Option(
                            names = "--site",
                            required = true,
                            paramLabel = "SITE",
                            description = "Its first owner.")
                    String site,
            @Option(
                            names = "--durability",
                            paramLabel = "MODE",
                            description =
                                    "What a flush waits for: local, log or remote. Default: log.")
                    @Nullable String durability,
            @Option(
                            names = "--journal",
                            paramLabel = "BYTES",
                            converter = Bytes.class,
                            description = "Size of its journal. Default: 256MiB.")
                    @Nullable Long journalBytes,
            @Option(
                            names = "--placement",
                            paramLabel = "NODE",
                            description =
                                    "The node that keeps it, where its site has several. Default:"
                                            + " any.")
                    @Nullable String placement,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            NewVolume asked =
                    new NewVolume(name, sizeBytes, site, durability, journalBytes, placement, null);
            VolumeReport created = coordinator.post(PATH, asked, VolumeReport.class);
            show(new ServedWatch(coordinator).untilServed(created, options.err()), options);
            return 0;
        }
    }

    @Command(description = "List all volumes.")
    int list(@Mixin CoordinatorOptions options) throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            List<VolumeReport> volumes = coordinator.list(PATH, VolumeReport.class);
            if (options.isJson()) {
                options.printJson(volumes);
            } else {
                summary(volumes).print(options.out());
            }
            return 0;
        }
    }

    @Command(description = "Show a volume and its images at the sites.")
    int show(
            @Parameters(paramLabel = "NAME", description = "The volume.") String name,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name);
            show(coordinator.get(path, VolumeReport.class), options);
            return 0;
        }
    }

    @Command(
            description =
                    "Change what a flush waits for, at once, the size of the journals made from now"
                            + " on, or the node that keeps it.")
    int set(
            @Parameters(paramLabel = "NAME", description = "The volume.") String name,
            @Option(
                            names = "--durability",
                            paramLabel = "MODE",
                            description = "What a flush waits for: local, log or remote.")
                    @Nullable String durability,
            @Option(
                            names = "--journal-size",
                            paramLabel = "BYTES",
                            converter = Bytes.class,
                            description =
                                    "Of the journal that is made when a site takes the volume over"
                                            + " next.")
                    @Nullable Long journalBytes,
            @Option(
                            names = "--placement",
                            paramLabel = "NODE",
                            description =
                                    "The node that keeps it, where its site has several; '' for"
                                            + " any. Its clients are sent there.")
                    @Nullable String placement,
            @Option(
                            names = "--auto-reseed",
                            arity = "1",
                            paramLabel = "true|false",
                            description =
                                    "Whether the owner seeds the volume anew when a site needs it.")
                    @Nullable Boolean autoReseed,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        if (durability == null && journalBytes == null && placement == null && autoReseed == null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Say what to set: --durability, --journal-size, --placement or --auto-reseed.");
        }
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name);
            VolumeSettings asked =
                    new VolumeSettings(durability, journalBytes, placement, autoReseed);
            show(coordinator.patch(path, asked, VolumeReport.class), options);
            return 0;
        }
    }

    @Command(
            description =
                    "Change a volume's size. Its clients are disconnected and see the new size when"
                            + " they are back.")
    int resize(
            @Parameters(paramLabel = "NAME", description = "The volume.") String name,
            @Option(
                            names = "--size",
                            required = true,
                            paramLabel = "BYTES",
                            converter = Bytes.class,
                            description = "A multiple of 512; units as in 64MiB or 32G.")
                    Long sizeBytes,
            @Option(
                            names = "--force",
                            description = "Also if it becomes smaller: what is behind is lost.")
                    boolean force,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name) + "/resize";
            NewSize asked = new NewSize(sizeBytes, force);
            show(coordinator.post(path, asked, VolumeReport.class), options);
            return 0;
        }
    }

    @Command(
            description =
                    "Give a volume a new epoch at its owner, which has lost its journal. Writes that"
                            + " only the journal had are lost.")
    int reopen(
            @Parameters(paramLabel = "NAME", description = "The volume.") String name,
            @Mixin CoordinatorOptions options)
            throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            String path = PATH + "/" + CoordinatorClient.segment(name) + "/reopen";
            show(coordinator.post(path, java.util.Map.of(), VolumeReport.class), options);
            return 0;
        }
    }

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
                        "APPLIED",
                        "HARDENED",
                        "LAG s",
                        "SEED",
                        "ENDPOINT");
        for (VolumeReport.Image image : volume.images()) {
            table.row(
                    image.site(),
                    image.node(),
                    health(image),
                    image.epoch(),
                    image.open() ? "open at " + image.epochOwner() : "sealed",
                    image.appliedSeq(),
                    image.hardenedSeq(),
                    lagSeconds(image),
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
