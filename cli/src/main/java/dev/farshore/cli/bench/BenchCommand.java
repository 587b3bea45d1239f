package dev.farshore.cli.bench;

import dev.farshore.cli.bench.capture.CaptureBenchCommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benches; each is a command of its own. */
@Command(
        name = "bench",
        description = "Measure Farshore beside its peers.",
        subcommands = CaptureBenchCommand.class,
        synopsisSubcommandLabel = "WHAT")
public final class BenchCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Without a subcommand there is nothing to do. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name what to measure.");
    }
}
