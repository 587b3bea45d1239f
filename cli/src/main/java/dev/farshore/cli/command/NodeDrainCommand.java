package dev.farshore.cli.command;

import dev.farshore.coordinator.api.report.NodeReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.concurrent.Callable;

/** {@code farshore node drain}. */
@Command(
        name = "drain",
        description =
                "Have the other nodes of its site take over all that is written at a node, one VM"
                        + " after the other, and give it nothing until it is undrained, also when"
                        + " it was stopped and started in between. What no other node has a healthy"
                        + " hot copy of stays; if the other nodes are gone, it takes everything.")
public final class NodeDrainCommand implements Callable<Integer> {
    private static final int FAILED = 1;

    @Mixin private NamedNode node;

    @Mixin private CoordinatorOptions options;

    @Option(
            names = "--wait",
            description =
                    "Wait until nothing is written there; status 0 only if that is so. Without it:"
                            + " status 0 unless a volume can't move.")
    private boolean wait;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationConverter.class,
            defaultValue = "10m",
            description =
                    "With --wait: for how long. The node stays drained. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    /** For picocli, which sets the rest. */
    public NodeDrainCommand() {
        timeout = Duration.ZERO;
    }

    @Override
    public Integer call() throws InterruptedException {
        try (CoordinatorClient coordinator = options.connect()) {
            NodeReport known = node.set(coordinator, true);
            if (wait) {
                known = new DrainWatch(coordinator, options).untilDrained(known, timeout);
            }
            if (options.isJson()) {
                options.printJson(known);
            } else {
                print(known);
            }
            boolean isDone =
                    wait
                            ? known.remaining().isEmpty()
                            : known.remaining().stream().noneMatch(NodeReport.Remaining::stuck);
            return isDone ? 0 : FAILED;
        }
    }

    private void print(NodeReport known) {
        if (known.remaining().isEmpty()) {
            options.out()
                    .println(
                            "Node %s of site %s is drained: nothing is written there."
                                    .formatted(known.node(), known.site()));
        } else {
            options.out()
                    .println(
                            "Node %s of site %s is to be drained; still written there:"
                                    .formatted(known.node(), known.site()));
            Table table = new Table("VOLUME", "VM", "WHY");
            for (NodeReport.Remaining volume : known.remaining()) {
                table.row(
                        volume.volume(),
                        volume.vm().isEmpty() ? "-" : volume.vm(),
                        volume.stuck() ? "cannot move: " + volume.reason() : volume.reason());
            }
            table.print(options.out());
        }
        options.out().flush();
    }
}
