package dev.farshore.cli.run;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.cli.command.NodeDrainCommand;
import dev.farshore.cli.command.NodeListCommand;
import dev.farshore.cli.command.NodeUndrainCommand;
import dev.farshore.node.SiteNode;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.process.start.Lifetime;
import dev.farshore.process.start.ServiceManager;
import dev.farshore.process.start.SteadyKafkaClock;

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

/** Runs one node of a site until it is told to stop. */
@Command(
        name = "node",
        description =
                "Run one node of a site: block server, publisher and images. Or see how the nodes"
                        + " are, and have one drained.",
        subcommands = {NodeListCommand.class, NodeDrainCommand.class, NodeUndrainCommand.class})
public final class NodeCommand implements Callable<Integer> {

    /** Whatever Kafka does: all that was acknowledged is in the journals and the log. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(15);

    @CommandLine.Spec private CommandSpec spec;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "YAML: site, node, dataDir, kafka, registry, nbd … Needed to run one.")
    private @Nullable Path config;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path file = config;
        if (file == null) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(),
                    "Missing required option: '--config=FILE', or name a command: list, drain,"
                            + " undrain.");
        }
        PrintWriter out = spec.commandLine().getOut();
        SteadyKafkaClock.install();
        Lifetime.endWithin(STOP_BOUND);
        NodeConfig settings = NodeConfig.read(file);
        ProcessNews news = new ProcessNews(out, ServiceManager.ofThisProcess());
        try (SiteNode node = SiteNode.start(settings, ApplyListener.NONE, news::waits)) {
            news.ready("Node " + settings.node() + " of site " + settings.site() + " serves.");
            return awaitEnd(node, settings, news);
        }
    }

    private static int awaitEnd(SiteNode node, NodeConfig settings, ProcessNews news) {
        try {
            news.stopping("Node " + settings.node() + " " + node.awaitFailure() + "; it ends.");
            return 1;
        } catch (InterruptedException e) {
            news.stopping("Stopping " + settings.node() + ".");
            return 0;
        }
    }
}
