package dev.farshore.cli.run;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benches; each is a command of its own. */
@Command(
        name = "bench",
        description = "Measure Farshore beside its peers.",
        subcommands = {
            CaptureBenchCommand.class,
            ApplyBenchCommand.class,
            IndexBenchCommand.class,
            ScrapeBenchCommand.class
        },
        synopsisSubcommandLabel = "WHAT")
public final class BenchCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Without a subcommand there is nothing to do. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name what to measure.");
    }
}
