package dev.farshore.cli.command;

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
import java.util.Map;

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
            VolumeTables.show(
                    new ServedWatch(coordinator).untilServed(created, options.err()), options);
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
                VolumeTables.summary(volumes).print(options.out());
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
            VolumeTables.show(coordinator.get(path, VolumeReport.class), options);
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
            VolumeTables.show(coordinator.patch(path, asked, VolumeReport.class), options);
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
            VolumeTables.show(coordinator.post(path, asked, VolumeReport.class), options);
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
            VolumeTables.show(coordinator.post(path, Map.of(), VolumeReport.class), options);
            return 0;
        }
    }
}
