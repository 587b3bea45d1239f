package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The settings of an embedded broker: on loopback, with many small partitions. */
final class BrokerProperties {
    private static final int MOST_COPIES = 3;

    private BrokerProperties() {}

    static void write(
            Path file,
            Path logFolder,
            int port,
            Membership membership,
            EmbeddedEnvironment.@Nullable Detour detour)
            throws IOException {
        int controllerPort = membership.controllerPort();
        int copies = Math.min(MOST_COPIES, membership.brokers());
        int insync = Math.max(1, copies - 1);
        Map<String, Object> properties = new TreeMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", membership.id());
        properties.put("controller.quorum.voters", membership.voters());
        properties.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                        .formatted(port, controllerPort));
        properties.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        if (detour != null) {
            properties.merge(
                    "listeners",
                    ",DETOUR://127.0.0.1:" + detour.listenPort(),
                    (all, one) -> all + "" + one);
            properties.merge(
                    "advertised.listeners",
                    ",DETOUR://127.0.0.1:" + detour.advertisedPort(),
                    (all, one) -> all + "" + one);
            properties.put(
                    "listener.security.protocol.map",
                    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DETOUR:PLAINTEXT");
        }
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("inter.broker.listener.name", "PLAINTEXT");
        properties.put("log.dirs", logFolder.toAbsolutePath());

        // A topic nobody created is a mistake to be heard of, not one to be made to work.
        properties.put("auto.create.topics.enable", false);

        properties.put("default.replication.factor", copies);
        properties.put("min.insync.replicas", insync);
        properties.put("offsets.topic.replication.factor", copies);
        properties.put("offsets.topic.num.partitions", 4);
        properties.put("transaction.state.log.replication.factor", copies);
        properties.put("transaction.state.log.min.isr", insync);
        properties.put("transaction.state.log.num.partitions", 2);
        properties.put("share.coordinator.state.topic.replication.factor", copies);
        properties.put("share.coordinator.state.topic.min.isr", insync);
        properties.put("share.coordinator.state.topic.num.partitions", 1);

        // Consumers join at once, and may choose to be declared dead quickly.
        properties.put("group.initial.rebalance.delay.ms", 0);
        properties.put("group.min.session.timeout.ms", 1000);

        // Hundreds of partitions cost by their files and buffers: 1 MiB of index addresses 512 MiB
        // of log, and the cleaner's default buffer alone would be a third of this broker's heap.
        properties.put("log.segment.bytes", 256 << 20);
        properties.put("log.index.size.max.bytes", 1 << 20);
        properties.put("log.cleaner.dedupe.buffer.size", 16 << 20);
        properties.put("log.cleaner.threads", 1);
        properties.put("num.network.threads", 2);
        properties.put("num.io.threads", 4);
        properties.put("background.threads", 2);

        Files.writeString(
                file,
                properties.entrySet().stream()
                        .map(property -> property.getKey() + "=" + property.getValue())
                        .collect(Collectors.joining("\n", "", "\n")));
    }
}
