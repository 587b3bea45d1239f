package dev.farshore.apply.assign;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who answers for which partition, and who keeps hot copies.
 *
 * <p>In this order: a partition goes where its operator wants it; it stays where it is as long as
 * that node has not more than its share; it goes to the node that is least behind. And it moves
 * only to a node that has caught up: until then that node keeps a hot copy (<i>warms up</i>), and
 * the partition stays with who is ahead. A volume is never without a reader for a restore that
 * could have been done beside it.
 *
 * @param active by partition: the node that answers for it
 * @param standby by partition: the nodes with hot copies
 * @param isFinal false if partitions are to move once their new nodes have caught up
 */
record PartitionPlan<I extends Comparable<I>>(
        Map<Integer, I> active, Map<Integer, Set<I>> standby, boolean isFinal) {

    /** What a plan has to keep to. */
    record Rules(
            int standbyReplicas, int maxWarmups, long acceptableLagRecords, Placement placement) {}

    static <I extends Comparable<I>> PartitionPlan<I> of(
            Collection<NodeState<I>> nodes, Set<Integer> partitions, Rules rules) {
        return new Planning<>(nodes, partitions, rules).plan();
    }

    /** A plan in the making. */
    private static final class Planning<I extends Comparable<I>> {
        private final List<NodeState<I>> nodes;
        private final List<Integer> partitions;
        private final Rules rules;
        private final int totalWeight;
        private final Map<I, Integer> load = new HashMap<>();

        Planning(Collection<NodeState<I>> nodes, Set<Integer> partitions, Rules rules) {
            this.nodes =
                    nodes.stream()
                            .sorted(
                                    Comparator.comparing(NodeState<I>::name)
                                            .thenComparing(NodeState::id))
                            .toList();
            this.partitions = partitions.stream().sorted().toList();
            this.rules = rules;
            this.totalWeight = Math.max(1, nodes.stream().mapToInt(NodeState::weight).sum());
            nodes.forEach(node -> load.put(node.id(), 0));
        }

        PartitionPlan<I> plan() {
            Map<Integer, NodeState<I>> wanted = wanted();
            Map<Integer, NodeState<I>> active = new TreeMap<>();
            Map<Integer, NodeState<I>> warmups = new LinkedHashMap<>();
            wanted.forEach(
                    (partition, node) -> {
                        NodeState<I> ahead = mostCaughtUp(partition, node);
                        boolean isReady =
                                node.lag(partition)
                                        <= ahead.lag(partition) + rules.acceptableLagRecords();
                        active.put(
                                partition,
                                isReady || ahead.lag(partition) == NodeState.NO_IMAGES
                                        ? node
                                        : ahead);
                        if (active.get(partition) != node) {
                            warmups.put(partition, node);
                        }
                    });
            return new PartitionPlan<>(ids(active), standby(active, warmups), warmups.isEmpty());
        }

        /** Where partitions should be in the end, whoever is ready for it now. */
        private Map<Integer, NodeState<I>> wanted() {
            Map<Integer, NodeState<I>> wanted = new TreeMap<>();
            for (int partition : partitions) {
                rules.placement().nodeOf(partition).stream()
                        .flatMap(name -> nodes.stream().filter(node -> node.name().equals(name)))
                        .findFirst()
                        .ifPresent(node -> put(wanted, partition, node));
            }
            for (int partition : partitions) {
                nodes.stream()
                        .filter(node -> !wanted.containsKey(partition))
                        .filter(node -> node.isActive(partition) && hasRoom(node))
                        .findFirst()
                        .ifPresent(node -> put(wanted, partition, node));
            }
            for (int partition : partitions) {
                if (!wanted.containsKey(partition)) {
                    put(wanted, partition, best(partition));
                }
            }
            return wanted;
        }

        private void put(Map<Integer, NodeState<I>> wanted, int partition, NodeState<I> node) {
            wanted.put(partition, node);
            load.merge(node.id(), 1, Integer::sum);
        }

        /** Shares are by weight, rounded up: one partition is never split. */
        private boolean hasRoom(NodeState<I> node) {
            int share = Math.ceilDiv(partitions.size() * node.weight(), totalWeight);
            return load.getOrDefault(node.id(), 0) < share;
        }

        private NodeState<I> best(int partition) {
            return nodes.stream()
                    .min(
                            Comparator.comparing((NodeState<I> node) -> !hasRoom(node))
                                    .thenComparingLong(node -> lagClass(node, partition))
                                    .thenComparingDouble(this::relativeLoad))
                    .orElseThrow();
        }

        /** Caught up is caught up: a few records more or less say nothing. */
        private long lagClass(NodeState<I> node, int partition) {
            long lag = node.lag(partition);
            return lag <= rules.acceptableLagRecords() ? 0 : lag;
        }

        private double relativeLoad(NodeState<I> node) {
            return load.getOrDefault(node.id(), 0) / (double) Math.max(1, node.weight());
        }

        /** Of those least behind the one that has it already, else {@code preferred}. */
        private NodeState<I> mostCaughtUp(int partition, NodeState<I> preferred) {
            return nodes.stream()
                    .min(
                            Comparator.comparingLong((NodeState<I> node) -> node.lag(partition))
                                    .thenComparing(node -> !node.isActive(partition))
                                    .thenComparing(node -> node != preferred))
                    .orElse(preferred);
        }

        private Map<Integer, Set<I>> standby(
                Map<Integer, NodeState<I>> active, Map<Integer, NodeState<I>> warmups) {
            Map<Integer, Set<I>> standby = new TreeMap<>();
            Map<I, Integer> copies = new HashMap<>();
            int warming = 0;
            for (int partition : partitions) {
                Set<I> holders = new LinkedHashSet<>();
                NodeState<I> warmup = warmups.get(partition);
                // A node that warms up counts as one of the copies if it had one already.
                if (warmup != null && warming < rules.maxWarmups()) {
                    holders.add(warmup.id());
                    copies.merge(warmup.id(), 1, Integer::sum);
                    warming++;
                }
                int count = rules.standbyReplicas() + (holders.isEmpty() ? 0 : 1);
                List<NodeState<I>> others = new ArrayList<>(nodes);
                others.remove(active.get(partition));
                others.sort(
                        Comparator.comparingLong((NodeState<I> node) -> lagClass(node, partition))
                                .thenComparingDouble(
                                        node ->
                                                copies.getOrDefault(node.id(), 0)
                                                        / (double) Math.max(1, node.weight())));
                for (NodeState<I> node : others) {
                    if (holders.size() < count && holders.add(node.id())) {
                        copies.merge(node.id(), 1, Integer::sum);
                    }
                }
                standby.put(partition, holders);
            }
            return standby;
        }

        private Map<Integer, I> ids(Map<Integer, NodeState<I>> byPartition) {
            Map<Integer, I> ids = new TreeMap<>();
            byPartition.forEach((partition, node) -> ids.put(partition, node.id()));
            return ids;
        }
    }
}
