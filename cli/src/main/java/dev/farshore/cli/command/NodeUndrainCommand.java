package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.NodeReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

/** {@code farshore node undrain}. */
@Command(
        name = "undrain",
        description =
                "Let a node have volumes again. What is written at other nodes stays there, unless"
                        + " it was placed here.")
public final class NodeUndrainCommand implements Callable<Integer> {
    @Mixin private NamedNode node;

    @Mixin private CoordinatorOptions options;

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            NodeReport known = node.set(coordinator, false);
            if (options.isJson()) {
                options.printJson(known);
            } else {
                options.out()
                        .println(
                                "Node %s of site %s may have volumes again."
                                        .formatted(known.node(), known.site()));
                options.out().flush();
            }
            return 0;
        }
    }
}
