package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewVolume;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code farshore volume import}. */
@Command(
        name = "import",
        description =
                "Bring an existing disk image into a volume, while its VM runs: it sees the whole"
                        + " disk from the first moment on. With --site and --size the volume is"
                        + " created.")
final class VolumeImportCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "NAME", description = "The volume; it must have no data yet.")
    private String name;

    @Option(
            names = "--from",
            paramLabel = "PATH",
            description =
                    "The image, absolute, on the host of the owner's node. It must not change until"
                            + " the import is finished.")
    private @Nullable String path;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "raw or qcow2. Default: by the name.")
    private @Nullable String format;

    @Option(
            names = "--bytes-per-second",
            paramLabel = "BYTES",
            converter = Bytes.class,
            description = "Limit; units as in 64MiB. Default: none, but the VM's writes go first.")
    private @Nullable Long bytesPerSecond;

    @Option(names = "--site", paramLabel = "SITE", description = "Create the volume there first.")
    private @Nullable String site;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            converter = Bytes.class,
            description = "Of the volume that is created; at least the disk's.")
    private @Nullable Long sizeBytes;

    @Option(names = "--wait", description = "Return when the import is finished.")
    private boolean wait;

    @Option(names = "--cancel", description = "Take back an import that has not begun.")
    private boolean cancel;

    @Override
    public Integer call() throws InterruptedException {
        if (cancel == (path != null)) {
            throw new ParameterException(
                    spec.commandLine(), "Name the image with --from, or --cancel the import.");
        }
        if ((site == null) != (sizeBytes == null)) {
            throw new ParameterException(
                    spec.commandLine(), "A new volume needs both --site and --size.");
        }
        try (CoordinatorClient coordinator = options.connect()) {
            VolumeReport asked = ask(coordinator);
            VolumeReport last =
                    wait && !cancel ? new SeedWatch(coordinator, options).untilOver(asked) : asked;
            VolumeTables.show(last, options);
            return 0;
        }
    }

    private VolumeReport ask(CoordinatorClient coordinator) throws InterruptedException {
        String volume = "volumes/" + CoordinatorClient.segment(name);
        if (cancel) {
            return coordinator.delete(volume + "/import", VolumeReport.class);
        }
        NewImport asked = new NewImport(path, formatOf(String.valueOf(path)), bytesPerSecond);
        return site == null
                ? coordinator.post(volume + "/import", asked, VolumeReport.class)
                : coordinator.post(
                        "volumes",
                        new NewVolume(name, sizeBytes, site, null, null, null, asked),
                        VolumeReport.class);
    }

    private String formatOf(String file) {
        if (format != null) {
            return format;
        }
        return file.toLowerCase(Locale.ROOT).endsWith(".qcow2") ? "qcow2" : "raw";
    }

    /** For picocli, which sets the rest. */
    VolumeImportCommand() {
        name = "";
    }
}
