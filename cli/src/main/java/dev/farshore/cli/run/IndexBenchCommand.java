package dev.farshore.cli.run;

import dev.farshore.bench.apply.BenchLog;
import dev.farshore.bench.index.IndexBench;
import dev.farshore.bench.index.RestartBench;
import dev.farshore.bench.report.BenchReport;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.testkit.embedded.WorkFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code farshore bench index}. */
@Command(
        name = "index",
        description = {
            "Measure the dirty-block index with ten million dirty blocks: on one core, in memory;"
                    + " and a site's restart with as many, with a broker.",
            "Exit status 0 when it could be measured, whatever the figures are."
        })
public final class IndexBenchCommand implements Callable<Integer> {
    @CommandLine.Spec private CommandSpec spec;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (WorkFolder folder = WorkFolder.orTemporary(null, "farshore-bench-")) {
            Path path = folder.path();
            List<BenchResult> results = new ArrayList<>();
            results.addAll(new IndexBench("all of a volume", 1).run(path.resolve("all")));
            results.addAll(new IndexBench("every second block", 2).run(path.resolve("half")));
            results.addAll(new IndexBench("one in a mebibyte", 256).run(path.resolve("few")));
            PrintWriter news = spec.commandLine().getErr();
            try (BenchLog log = BenchLog.start(path.resolve("log"), news::println)) {
                results.addAll(new RestartBench(log, path.resolve("site")).run());
            }
            BenchReport.of(results).publish(spec.commandLine().getOut(), json);
        }
        return 0;
    }
}
