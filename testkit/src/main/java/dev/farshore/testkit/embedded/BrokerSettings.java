package dev.farshore.testkit.embedded;

import java.util.Map;
import java.util.TreeMap;

/**
 * How a broker behaves, wherever it runs: many small partitions, as many copies of each as the
 * cluster can have, and nobody waits for a group to fill.
 */
public final class BrokerSettings {
    private static final int MOST_COPIES = 3;

    private BrokerSettings() {}

    /**
     * @param brokers of the cluster
     * @return by their names in {@code server.properties}
     */
    public static Map<String, Object> ofOneOf(int brokers) {
        int copies = Math.min(MOST_COPIES, brokers);
        int insync = Math.max(1, copies - 1);
        Map<String, Object> settings = new TreeMap<>();

        // A topic nobody created is a mistake to be heard of, not one to be made to work.
        settings.put("auto.create.topics.enable", false);

        settings.put("default.replication.factor", copies);
        settings.put("min.insync.replicas", insync);
        settings.put("offsets.topic.replication.factor", copies);
        settings.put("offsets.topic.num.partitions", 4);
        settings.put("transaction.state.log.replication.factor", copies);
        settings.put("transaction.state.log.min.isr", insync);
        settings.put("transaction.state.log.num.partitions", 2);
        settings.put("share.coordinator.state.topic.replication.factor", copies);
        settings.put("share.coordinator.state.topic.min.isr", insync);
        settings.put("share.coordinator.state.topic.num.partitions", 1);

        // Consumers join at once, and may choose to be declared dead quickly.
        settings.put("group.initial.rebalance.delay.ms", 0);
        settings.put("group.min.session.timeout.ms", 1000);

        // Hundreds of partitions cost by their files and buffers: 1 MiB of index addresses 512 MiB
        // of log, and the cleaner's default buffer alone would be a third of this broker's heap.
        settings.put("log.segment.bytes", 256 << 20);
        settings.put("log.index.size.max.bytes", 1 << 20);
        settings.put("log.cleaner.dedupe.buffer.size", 16 << 20);
        settings.put("log.cleaner.threads", 1);
        settings.put("num.network.threads", 2);
        settings.put("num.io.threads", 4);
        settings.put("background.threads", 2);
        return settings;
    }
}
