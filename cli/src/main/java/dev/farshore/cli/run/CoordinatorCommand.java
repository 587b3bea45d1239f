package dev.farshore.cli.run;

import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.process.start.Lifetime;
import dev.farshore.process.start.ServiceManager;
import dev.farshore.process.start.SteadyKafkaClock;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** Runs the coordinator until it is told to stop. */
@Command(
        name = "coordinator",
        description = "Run the coordinator: hand-overs, volumes and VMs, lag, REST API, dashboard.")
public final class CoordinatorCommand implements Callable<Integer> {

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "YAML: kafka, registry, http, sites, migrations, topics …")
    private Path config;

    /** For picocli, which sets the rest. */
    public CoordinatorCommand() {
        this.config = Path.of("");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ProcessNews news = new ProcessNews(out, ServiceManager.ofThisProcess());
        SteadyKafkaClock.install();
        try (CoordinatorProcess process =
                CoordinatorProcess.start(CoordinatorConfig.read(config), news::waits)) {
            news.ready("Coordinator: " + process.coordinator().url());
            Lifetime.awaitInterrupt();
            news.stopping("Stopping the coordinator.");
        }
        return 0;
    }
}
