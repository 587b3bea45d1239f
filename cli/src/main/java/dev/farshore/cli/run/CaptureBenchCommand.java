package dev.farshore.cli.run;

import dev.farshore.bench.capture.CaptureBench;
import dev.farshore.bench.capture.CaptureRun;
import dev.farshore.bench.capture.HashChainRun;
import dev.farshore.bench.load.Load;
import dev.farshore.bench.report.BenchReport;
import dev.farshore.cli.command.DurationConverter;
import dev.farshore.node.config.Compression;
import dev.farshore.process.config.ByteSizes;
import dev.farshore.testkit.embedded.WorkFolder;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** {@code farshore bench capture}. */
@Command(
        name = "capture",
        description = {
            "Measure what a VM's writes cost: the block server alone and the whole path to the log,"
                    + " beside nbdkit, qemu-storage-daemon and Kafka's own performance tests.",
            "Exit status 0 when it could be measured, whatever the figures are."
        })
public final class CaptureBenchCommand implements Callable<Integer> {
    private static final Duration SHORTEST_TIME = Duration.ofMillis(200);

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Each figure is the median of so many. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            defaultValue = "6s",
            converter = DurationConverter.class,
            description = "How long each turn is measured. Default: ${DEFAULT-VALUE}.")
    private Duration time;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "512MiB",
            description = "Of the volume, and of each peer's file. Default: ${DEFAULT-VALUE}.")
    private String size;

    @Option(
            names = "--compression",
            paramLabel = "TYPE",
            defaultValue = "none",
            description = "Of what is sent to Kafka. Default: ${DEFAULT-VALUE}.")
    private String compression;

    @Option(
            names = "--compressible",
            paramLabel = "PERCENT",
            defaultValue = "-1",
            description =
                    "How much of each block compresses, every block made anew. Default: a few"
                            + " blocks written over and over, which leaves the cores to the server.")
    private int compressible;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "On the disk to be measured. Default: a temporary folder, deleted again.")
    private @Nullable Path data;

    @Option(
            names = "--hash-chain",
            description = "Measure only what the hash chain of the headers costs.")
    private boolean isHashChainOnly;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    /** For picocli, which sets the rest. */
    public CaptureBenchCommand() {
        this.time = Duration.ZERO;
        this.compression = "";
        this.size = "";
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rounds < 1 || time.compareTo(SHORTEST_TIME) < 0 || compressible > 100) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "--rounds is at least 1, --time at least 200ms, --compressible at most 100");
        }
        PrintWriter out = spec.commandLine().getOut();
        Load load = Load.best();
        try (WorkFolder folder = WorkFolder.orTemporary(data, "farshore-bench-")) {
            CaptureRun.Settings settings =
                    new CaptureRun.Settings(
                            folder.path(),
                            ByteSizes.parse(size),
                            rounds,
                            time,
                            compression(),
                            compressible,
                            load,
                            line -> {
                                out.println(line);
                                out.flush();
                            });
            out.println("Driven by " + load.name() + ".");
            BenchReport.of(
                            isHashChainOnly
                                    ? new HashChainRun(settings).run()
                                    : CaptureBench.results(new CaptureRun(settings).run()))
                    .publish(out, json);
        }
        return 0;
    }

    private Compression compression() {
        try {
            return Compression.parse(compression);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--compression: " + e.getMessage(), e);
        }
    }
}
