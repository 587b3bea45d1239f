package dev.farshore.cli;

import ch.qos.logback.classic.Level;

import dev.farshore.cli.acls.AclsCommand;
import dev.farshore.cli.command.LagCommand;
import dev.farshore.cli.command.MigrateCommand;
import dev.farshore.cli.command.SiteCommand;
import dev.farshore.cli.command.VmCommand;
import dev.farshore.cli.command.VolumeCommand;
import dev.farshore.cli.run.BenchCommand;
import dev.farshore.cli.run.CoordinatorCommand;
import dev.farshore.cli.run.DemoCommand;
import dev.farshore.cli.run.DevCommand;
import dev.farshore.cli.run.ExampleConfigCommand;
import dev.farshore.cli.run.NodeCommand;
import dev.farshore.process.start.Lifetime;

import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** The {@code farshore} command. */
@Command(
        name = "farshore",
        description = "Moves a running VM's disks between sites, with an event log in the middle.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Version.class,
        subcommands = {
            DevCommand.class,
            NodeCommand.class,
            CoordinatorCommand.class,
            VolumeCommand.class,
            VmCommand.class,
            SiteCommand.class,
            MigrateCommand.class,
            LagCommand.class,
            AclsCommand.class,
            BenchCommand.class,
            ExampleConfigCommand.class,
            DemoCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:what was asked for is so",
            "1:it is not; the message says why",
            "2:the command line is wrong"
        })
public final class Main implements Runnable {
    private static final Duration END_PATIENCE = Duration.ofSeconds(60);

    @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Log in detail; show stack traces of errors.")
    private boolean verbose;

    public static void main(String[] args) {
        useOneLocale();
        Lifetime lifetime = Lifetime.ofThisThread(END_PATIENCE);
        int status;
        try {
            status = commandLine().execute(args);
        } finally {
            lifetime.ended();
        }
        System.exit(status);
    }

    /**
     * What this process prints and stores is English and for programs, too: numbers look the same
     * whatever language the user's environment is set to, in files and URLs above all.
     */
    static void useOneLocale() {
        Locale.setDefault(Locale.ROOT);
    }

    /** The whole command, ready to execute. */
    static CommandLine commandLine() {
        Main main = new Main();
        CommandLine commandLine = new CommandLine(main);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(
                new UsageErrors(commandLine.getParameterExceptionHandler()));
        commandLine.setExecutionStrategy(
                parsed -> {
                    main.applyVerbosity(parsed);
                    LeftLibraries.remove(
                            Path.of(System.getProperty("java.io.tmpdir")), Instant.now());
                    return new CommandLine.RunLast().execute(parsed);
                });
        commandLine.setExecutionExceptionHandler(
                (failure, command, parsed) ->
                        ErrorReport.print(failure, command.getErr(), main.verbose));
        return commandLine;
    }

    /** The demo's live view is for its user's eyes: its nodes log into it only what is wrong. */
    private void applyVerbosity(CommandLine.ParseResult parsed) {
        boolean isDemo =
                parsed.hasSubcommand()
                        && parsed.subcommand().commandSpec().userObject() instanceof DemoCommand;
        Level level = verbose ? Level.DEBUG : isDemo ? Level.ERROR : null;
        if (level != null
                && LoggerFactory.getLogger("dev.farshore")
                        instanceof ch.qos.logback.classic.Logger logger) {
            logger.setLevel(level);
        }
    }

    /** Without a subcommand there is nothing to do. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Name a command.");
    }
}
