package dev.farshore.cli.run;

import dev.farshore.bench.apply.ApplyBench;
import dev.farshore.bench.apply.BenchLog;
import dev.farshore.bench.report.BenchReport;
import dev.farshore.testkit.embedded.WorkFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code farshore bench apply}. */
@Command(
        name = "apply",
        description = {
            "Measure how fast a site takes a backlog of the log into its images, hardening"
                    + " included, beside Kafka's own consumer test; how that changes with the number"
                    + " of volumes; the lag of a site that follows; and reads of the newest data, beside a consumer's and the image's own.",
            "Exit status 0 when it could be measured, whatever the figures are."
        })
public final class ApplyBenchCommand implements Callable<Integer> {
    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--cases",
            split = ",",
            paramLabel = "CASE",
            description = "Of: ${COMPLETION-CANDIDATES}. Default: all.")
    private Set<ApplyBench.Case> cases = EnumSet.allOf(ApplyBench.Case.class);

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Each throughput is the median of so many. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--backlog",
            paramLabel = "MIB",
            defaultValue = "1024",
            description = "Payload of each backlog. Default: ${DEFAULT-VALUE}.")
    private int backlogMebibytes;

    @Option(
            names = "--lag-rate",
            paramLabel = "N",
            defaultValue = "12000",
            description = "Writes a second while the lag is measured. Default: ${DEFAULT-VALUE}.")
    private int lagEventsPerSecond;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "On the disk to be measured. Default: a temporary folder, deleted again.")
    private @Nullable Path data;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rounds < 1 || backlogMebibytes < 1 || lagEventsPerSecond < 1) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--rounds, --backlog and --lag-rate are at least 1");
        }
        PrintWriter out = spec.commandLine().getOut();
        ApplyBench.Settings settings =
                new ApplyBench.Settings(
                        cases,
                        rounds,
                        backlogMebibytes,
                        lagEventsPerSecond,
                        line -> {
                            out.println(line);
                            out.flush();
                        });
        try (WorkFolder folder = WorkFolder.orTemporary(data, "farshore-bench-");
                BenchLog log = BenchLog.start(folder.path(), settings.news())) {
            BenchReport.of(new ApplyBench(log, folder.path(), settings).run()).publish(out, json);
        }
        return 0;
    }
}
