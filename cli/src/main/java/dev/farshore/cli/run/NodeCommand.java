package dev.farshore.cli.run;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.process.start.Lifetime;
import dev.farshore.process.start.SteadyKafkaClock;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Runs one node of a site until it is told to stop. */
@Command(name = "node", description = "Run one node of a site: block server, publisher and images.")
public final class NodeCommand implements Callable<Integer> {

    /** Whatever Kafka does: all that was acknowledged is in the journals and the log. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(15);

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            required = true,
            description = "YAML: site, node, dataDir, kafka, registry, nbd …")
    private Path config;

    /** For picocli, which sets the rest. */
    public NodeCommand() {
        this.config = Path.of("");
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        SteadyKafkaClock.install();
        Lifetime.endWithin(STOP_BOUND);
        NodeConfig settings = NodeConfig.read(config);
        try (SiteNode node = SiteNode.start(settings, ApplyListener.NONE, out::println)) {
            out.println("Node " + settings.node() + " of site " + settings.site() + " serves.");
            out.flush();
            return awaitEnd(node, settings, out);
        }
    }

    private static int awaitEnd(SiteNode node, NodeConfig settings, PrintWriter out) {
        try {
            out.println("Node " + settings.node() + " " + node.awaitFailure() + "; it ends.");
            return 1;
        } catch (InterruptedException e) {
            out.println("Stopping " + settings.node() + ".");
            return 0;
        } finally {
            out.flush();
        }
    }
}
