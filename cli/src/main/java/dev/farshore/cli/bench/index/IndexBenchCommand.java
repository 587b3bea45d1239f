package dev.farshore.cli.bench.index;

import dev.farshore.cli.bench.report.BenchReport;
import dev.farshore.cli.embedded.WorkFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code farshore bench index}. */
@Command(
        name = "index",
        description = {
            "Measure the dirty-block index with ten million dirty blocks, in memory, on one core.",
            "Exit status 0 when it could be measured, whatever the figures are."
        })
public final class IndexBenchCommand implements Callable<Integer> {
    @CommandLine.Spec private CommandSpec spec;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException {
        try (WorkFolder folder = WorkFolder.orTemporary(null, "farshore-bench-")) {
            BenchReport.of(new IndexBench().run(folder.path()))
                    .publish(spec.commandLine().getOut(), json);
        }
        return 0;
    }
}
