package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.VolumeReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code farshore volume delete}. */
@Command(
        name = "delete",
        description =
                "Delete a volume and its data at every site, for good. It must belong to no VM, and"
                        + " have no client. What the log keeps of its history stays there.")
final class VolumeDeleteCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private CoordinatorOptions options;

    @Parameters(paramLabel = "NAME", description = "The volume.")
    private String name;

    @Option(
            names = "--yes-delete-data",
            paramLabel = "NAME",
            required = true,
            description = "Its name once more: there is no way back.")
    private String confirmed;

    @Override
    public Integer call() throws InterruptedException {
        if (!name.equals(confirmed)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--yes-delete-data names '%s', and the volume is '%s'"
                            .formatted(confirmed, name));
        }
        try (CoordinatorClient coordinator = options.connect()) {
            String segment = CoordinatorClient.segment(name);
            VolumeReport deleted =
                    coordinator.delete(
                            "volumes/" + segment + "?deleteData=" + segment, VolumeReport.class);
            if (options.isJson()) {
                options.printJson(deleted);
            } else {
                options.out()
                        .println(
                                "Volume %s is deleted. Its sites free its images as they read that."
                                        .formatted(name));
                options.out().flush();
            }
            return 0;
        }
    }

    /** For picocli, which sets the rest. */
    VolumeDeleteCommand() {
        name = "";
        confirmed = "";
    }
}
