package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewReseed;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code farshore volume reseed}. */
@Command(
        name = "reseed",
        description =
                "Have a volume's owner put all of it into the log again, for sites that can't make"
                        + " their image from what is left of the log. It does so by itself when a"
                        + " site needs it, unless that is switched off.")
final class VolumeReseedCommand implements Callable<Integer> {
    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "NAME", description = "The volume.")
    private String name;

    @Option(
            names = "--bytes-per-second",
            paramLabel = "BYTES",
            converter = Bytes.class,
            description = "Limit; units as in 64MiB. Default: none, but the VM's writes go first.")
    private @Nullable Long bytesPerSecond;

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            String path = "volumes/" + CoordinatorClient.segment(name) + "/reseed";
            VolumeTables.show(
                    coordinator.post(path, new NewReseed(bytesPerSecond), VolumeReport.class),
                    options);
            return 0;
        }
    }

    /** For picocli, which sets the rest. */
    VolumeReseedCommand() {
        name = "";
    }
}
