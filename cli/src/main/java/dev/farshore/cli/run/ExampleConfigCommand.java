package dev.farshore.cli.run;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Prints a configuration file to begin with. */
@Command(
        name = "example-config",
        description =
                "Print a configuration file to begin with: every key, its default, and what it"
                        + " means.")
public final class ExampleConfigCommand implements Runnable {

    @CommandLine.Spec private CommandSpec spec;

    @Parameters(paramLabel = "WHAT", description = "One of: ${COMPLETION-CANDIDATES}.")
    private ExampleConfig what;

    /** For picocli, which sets the rest. */
    public ExampleConfigCommand() {
        this.what = ExampleConfig.NODE;
    }

    @Override
    public void run() {
        spec.commandLine().getOut().print(what.text());
        spec.commandLine().getOut().flush();
    }
}
