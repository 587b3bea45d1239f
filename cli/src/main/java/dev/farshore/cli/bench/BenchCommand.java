package dev.farshore.cli.bench;

import dev.farshore.cli.bench.apply.ApplyBenchCommand;
import dev.farshore.cli.bench.capture.CaptureBenchCommand;
import dev.farshore.cli.bench.index.IndexBenchCommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benches; each is a command of its own. */
@Command(
        name = "bench",
        description = "Measure Farshore beside its peers.",
        subcommands = {CaptureBenchCommand.class, ApplyBenchCommand.class, IndexBenchCommand.class},
        synopsisSubcommandLabel = "WHAT")
public final class BenchCommand implements Runnable {
    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    /** Without a subcommand there is nothing to do. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name what to measure.");
    }
}
