package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.NodeReport;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.List;
import java.util.concurrent.Callable;

/** {@code farshore node list}. */
@Command(name = "list", description = "Show the nodes of all sites, as they have reported.")
public final class NodeListCommand implements Callable<Integer> {
    @Mixin private CoordinatorOptions options;

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            List<NodeReport> nodes = coordinator.list("nodes", NodeReport.class);
            if (options.isJson()) {
                options.printJson(nodes);
            } else {
                table(nodes).print(options.out());
            }
            return 0;
        }
    }

    static Table table(List<NodeReport> nodes) {
        Table table =
                new Table(
                        "SITE",
                        "NODE",
                        "VERSION",
                        "SINCE",
                        "WRITTEN",
                        "COPIES",
                        "HOT COPIES",
                        "DRAINED",
                        "HEALTH",
                        "HEARD OF");
        for (NodeReport node : nodes) {
            table.row(
                    node.site(),
                    node.node(),
                    node.version().isEmpty() ? "-" : node.version(),
                    node.since() == null ? "-" : node.since(),
                    node.written().size(),
                    node.activeCopies(),
                    node.hotCopies(),
                    drained(node),
                    node.health(),
                    silence(node.silentSeconds()));
        }
        return table;
    }

    private static String drained(NodeReport node) {
        if (!node.drained()) {
            return "-";
        }
        return node.remaining().isEmpty()
                ? "yes"
                : "%d volumes left".formatted(node.remaining().size());
    }

    private static String silence(@Nullable Double seconds) {
        return seconds == null ? "-" : "%.0f s ago".formatted(seconds);
    }
}
