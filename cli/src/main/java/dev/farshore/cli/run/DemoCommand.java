package dev.farshore.cli.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;

import dev.farshore.bench.demo.DemoPlan;
import dev.farshore.bench.demo.DemoReport;
import dev.farshore.bench.demo.DemoRun;
import dev.farshore.bench.demo.DemoStage;
import dev.farshore.bench.demo.EmbeddedStage;
import dev.farshore.bench.demo.LiveView;
import dev.farshore.bench.demo.ReportText;
import dev.farshore.cli.command.DurationConverter;
import dev.farshore.process.start.SteadyKafkaClock;
import dev.farshore.testkit.embedded.WorkFolder;
import dev.farshore.testkit.workload.TraceFile;
import dev.farshore.testkit.workload.WorkloadException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code farshore demo}. */
@Command(
        name = "demo",
        description = {
            "Run two sites, move a VM's disks to the other site and back under load, and prove that"
                    + " nothing was lost.",
            "Exit status 1 if anything is lost or differs."
        })
public final class DemoCommand implements Callable<Integer> {
    private static final Duration SHORTEST = Duration.ofSeconds(4);

    private final List<String> sites;
    private final DemoStage.Builder stages;

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = DurationConverter.class,
            description = "How long the VM works, switches included. Default: ${DEFAULT-VALUE}.")
    private Duration duration;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description = {
                "Replay a recorded trace on the larger volume, its time fitted to the duration.",
                "CSV, gzipped if the name ends with .gz: " + TraceFile.HEADER + "."
            })
    private @Nullable Path trace;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the report to this file, too, for programs.")
    private @Nullable Path json;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8088",
            description = "Of the REST API and the dashboard. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--keep",
            description = "Keep images, topics and log files, and say where they are.")
    private boolean keep;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "3000",
            description =
                    "Operations per second of the demo's own workload; 0: as many as the volumes"
                            + " take. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "16",
            description = "Most requests in flight for each volume. Default: ${DEFAULT-VALUE}.")
    private int depth;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the demo's own workload. Default: ${DEFAULT-VALUE}.")
    private long seed;

    /** On embedded servers. */
    public DemoCommand() {
        this(EmbeddedStage.SITES, EmbeddedStage::build);
    }

    /**
     * @param sites that the stages will have
     */
    DemoCommand(List<String> sites, DemoStage.Builder stages) {
        this.sites = List.copyOf(sites);
        this.stages = stages;
        this.duration = SHORTEST;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, WorkloadException {
        checkOptions();
        // As its processes do. The demo trains the AOT cache too: a SystemTime of Kafka's in there
        // would be loaded
        // before anybody could replace it.
        SteadyKafkaClock.install();
        PrintWriter out = spec.commandLine().getOut();
        LiveView view = new LiveView(out, LiveView.isOnTerminal());
        DemoRun run = new DemoRun(plan(), sites, view);
        DemoReport report = play(run, view);
        out.println();
        out.print(ReportText.of(report));
        out.flush();
        if (json != null) {
            Files.write(json, mapper().writeValueAsBytes(report));
        }
        return report.passed() ? 0 : 1;
    }

    private DemoReport play(DemoRun run, LiveView view)
            throws IOException, InterruptedException, WorkloadException {
        Path path = Files.createTempDirectory("farshore-demo-");
        if (keep) {
            view.news("Everything is kept in " + path);
        }
        try (WorkFolder folder = new WorkFolder(path, !keep);
                DemoStage stage =
                        stages.build(
                                new DemoStage.Settings(
                                        folder.path(), port, run.flushes(), view::news))) {
            if (!stage.dashboardUrl().isEmpty()) {
                view.news("Watch it at " + stage.dashboardUrl());
            }
            return run.play(stage);
        }
    }

    private DemoPlan plan() throws IOException {
        DemoPlan.Trace checked =
                trace == null ? null : new DemoPlan.Trace(trace, TraceFile.check(trace));
        return new DemoPlan(duration, checked, rate, depth, seed, DemoPlan.volumesFor(checked));
    }

    private void checkOptions() {
        require(duration.compareTo(SHORTEST) >= 0, "--duration", duration, "at least 4s");
        require(port >= 0 && port <= 65_535, "--port", port, "1 to 65535, or 0 for a free one");
        require(rate >= 0, "--rate", rate, "0 or more");
        require(depth >= 1 && depth <= 1024, "--depth", depth, "1 to 1024");
        require(trace == null || Files.isReadable(trace), "--trace", trace, "a file to read");
        Path folder = json == null ? null : json.toAbsolutePath().getParent();
        require(folder == null || Files.isWritable(folder), "--json", json, "a file to write");
    }

    private void require(boolean holds, String option, @Nullable Object value, String allowed) {
        if (!holds) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "%s: %s is not allowed; it must be %s".formatted(option, value, allowed));
        }
    }

    private static ObjectMapper mapper() {
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    }
}
