package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.NodeReport;
import dev.farshore.coordinator.api.request.NodeSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.List;

/** The node that a command is about. */
final class NamedNode {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(paramLabel = "NODE", description = "The node.")
    private String name = "";

    @Option(
            names = "--site",
            paramLabel = "SITE",
            description = "Its site; needed only if several sites have a node of that name.")
    private @Nullable String site;

    static String path(NodeReport node) {
        return "sites/%s/nodes/%s"
                .formatted(
                        CoordinatorClient.segment(node.site()),
                        CoordinatorClient.segment(node.node()));
    }

    NodeReport set(CoordinatorClient coordinator, boolean isDrained) throws InterruptedException {
        return coordinator.patch(
                path(find(coordinator)), new NodeSettings(isDrained), NodeReport.class);
    }

    private NodeReport find(CoordinatorClient coordinator) throws InterruptedException {
        List<NodeReport> found =
                coordinator.list("nodes", NodeReport.class).stream()
                        .filter(node -> node.node().equals(name))
                        .filter(node -> site == null || node.site().equals(site))
                        .toList();
        if (found.isEmpty()) {
            throw CoordinatorException.answered(
                    site == null
                            ? "no site has a node '%s'; `farshore node list` shows them"
                                    .formatted(name)
                            : "site '%s' has no node '%s'".formatted(site, name));
        }
        if (found.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "sites %s have a node '%s': name one with --site"
                            .formatted(found.stream().map(NodeReport::site).toList(), name));
        }
        return found.getFirst();
    }
}
