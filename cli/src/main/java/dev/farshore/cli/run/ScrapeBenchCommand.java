package dev.farshore.cli.run;

import dev.farshore.bench.report.BenchReport;
import dev.farshore.bench.scrape.ScrapeBench;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.testkit.embedded.WorkFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code farshore bench scrape}. */
@Command(
        name = "scrape",
        description = {
            "Measure GET /metrics of a node with many volumes: time and size.",
            "Exit status 0 when it could be measured, whatever the figures are."
        })
public final class ScrapeBenchCommand implements Callable<Integer> {
    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--volumes",
            paramLabel = "N",
            defaultValue = "1024",
            description = "Volumes that the node writes. Default: ${DEFAULT-VALUE}.")
    private int volumes;

    @Option(
            names = "--scrapes",
            paramLabel = "N",
            defaultValue = "100",
            description = "Scrapes that are timed. Default: ${DEFAULT-VALUE}.")
    private int scrapes;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (volumes < 1 || scrapes < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--volumes and --scrapes are at least 1");
        }
        try (WorkFolder folder = WorkFolder.orTemporary(null, "farshore-bench-");
                EmbeddedEnvironment environment =
                        EmbeddedEnvironment.start(
                                EmbeddedEnvironment.Settings.in(folder.path().resolve("log")))) {
            BenchReport.of(
                            new ScrapeBench(
                                            folder.path(),
                                            environment,
                                            volumes,
                                            scrapes,
                                            spec.commandLine().getErr()::println)
                                    .run())
                    .publish(spec.commandLine().getOut(), json);
        }
        return 0;
    }
}
