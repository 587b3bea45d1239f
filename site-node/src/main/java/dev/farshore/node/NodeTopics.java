package dev.farshore.node;

import dev.farshore.node.config.NodeConfig;
import dev.farshore.process.start.ClusterWatch;
import dev.farshore.process.start.KafkaReadiness;
import dev.farshore.process.start.OwnedResources;
import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.ProcessAccess;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * The registry, and the compacted topics that a node follows.
 *
 * @param cluster whether Kafka allows what the node needs, and keeps what it is given
 * @param specs loaded
 * @param clockReadings loaded: whoever assigns partitions has to know which copies are faulty
 */
record NodeTopics(
        NodeConfig config,
        ClusterWatch cluster,
        FarshoreSerdes serdes,
        CompactedView<VolumeSpec> specs,
        CompactedView<ClockReading> clockReadings) {

    /** Waits for Kafka and the registry. */
    static NodeTopics open(NodeConfig config, OwnedResources owned, Consumer<String> news)
            throws IOException, InterruptedException {
        KafkaReadiness.await(
                config.connection().kafka().bootstrap(),
                config.connection().kafka().properties(),
                config.connection().startTimeout(),
                news);
        ClusterWatch cluster =
                owned.add(
                        ClusterWatch.start(
                                config.connection().kafka().clientProperties(),
                                new ProcessAccess(
                                        new AclRole.Node(config.site()),
                                        config.connection().kafka().bootstrap(),
                                        config.connection().kafka().principal())));
        cluster.requireTopics();
        FarshoreSerdes serdes =
                owned.add(
                                RegistryConnection.open(
                                        config.connection().registry().url().toString(),
                                        config.connection().registryProperties(),
                                        config.connection().startTimeout()))
                        .serdes();
        CompactedView<VolumeSpec> specs =
                owned.add(
                        CompactedView.ofSpecs(
                                config.connection().kafka().clientProperties(),
                                serdes.volumes().deserializer()));
        CompactedView<ClockReading> clockReadings =
                owned.add(
                        CompactedView.open(
                                config.connection().kafka().clientProperties(),
                                Topics.CLOCKS,
                                serdes.clocks().deserializer()));
        specs.awaitInitialLoad(config.connection().startTimeout());
        clockReadings.awaitInitialLoad(config.connection().startTimeout());
        return new NodeTopics(config, cluster, serdes, specs, clockReadings);
    }

    /** What sites report of their images; not loaded yet. The caller closes it. */
    CompactedView<Progress> openProgress() {
        return CompactedView.open(
                config.connection().kafka().clientProperties(),
                Topics.PROGRESS,
                serdes.progress().deserializer());
    }
}
