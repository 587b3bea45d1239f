package dev.farshore.apply.assign;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which node is active for which partition, and which nodes keep hot copies.
 *
 * <p>A healthy copy wins over a faulty one, before anything else. Then, in this order: a partition
 * goes where its operator wants it; it stays where it is as long as it is written there or that
 * node has no more than its share; it goes to the node that is least behind. It moves only to a
 * node that has caught up. Until then that node keeps a hot copy (<i>warms up</i>), and the
 * partition stays with the node that is ahead. So no volume waits for a restore that could have
 * been done in advance.
 *
 * <p>A drained node gets nothing as long as there is another, and gives away what it has: at once
 * what is not written at this site, and what is written when it is its turn ({@link
 * Placement#leaving}). Where no other copy can take over it keeps what it has, and if the others
 * are gone it gets everything: better a drained node than none.
 *
 * <p>Partitions that belong together go, stay and have their hot copies together.
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

        /** Those that may get partitions: the ones that are not drained, if there are any. */
        private final List<NodeState<I>> takers;

        private final Set<Integer> leaving;
        private final List<List<Integer>> groups;
        private final Rules rules;
        private final int partitionCount;
        private final int totalWeight;
        private final Map<I, Integer> load = new HashMap<>();
        private final Map<I, Integer> copies = new HashMap<>();
        private final Map<Integer, I> active = new TreeMap<>();
        private final Map<Integer, Set<I>> standby = new TreeMap<>();
        private int warming;
        private boolean isFinal = true;

        Planning(Collection<NodeState<I>> nodes, Set<Integer> partitions, Rules rules) {
            this.nodes =
                    nodes.stream()
                            .sorted(
                                    Comparator.comparing(NodeState<I>::name)
                                            .thenComparing(NodeState::id))
                            .toList();
            this.rules = rules;
            this.partitionCount = partitions.size();
            this.groups = groups(partitions, rules.placement());
            List<NodeState<I>> undrained =
                    this.nodes.stream().filter(node -> !node.isDrained()).toList();
            this.takers = undrained.isEmpty() ? this.nodes : undrained;
            this.leaving = rules.placement().leaving();
            this.totalWeight = Math.max(1, takers.stream().mapToInt(NodeState::weight).sum());
        }

        private static List<List<Integer>> groups(Set<Integer> partitions, Placement placement) {
            Set<Integer> seen = new HashSet<>();
            List<List<Integer>> groups = new ArrayList<>();
            for (int partition : new TreeSet<>(partitions)) {
                List<Integer> group =
                        placement.together(partition).stream()
                                .filter(partitions::contains)
                                .filter(seen::add)
                                .sorted()
                                .toList();
                if (!group.isEmpty()) {
                    groups.add(group);
                }
            }
            return groups;
        }

        PartitionPlan<I> plan() {
            Map<List<Integer>, NodeState<I>> wanted = wanted();
            groups.forEach(group -> place(group, Objects.requireNonNull(wanted.get(group))));
            return new PartitionPlan<>(active, standby, isFinal);
        }

        /** Where groups should be in the end, whoever is ready for them now. */
        private Map<List<Integer>, NodeState<I>> wanted() {
            Map<List<Integer>, NodeState<I>> wanted = new HashMap<>();
            for (List<Integer> group : groups) {
                wish(group).ifPresent(node -> put(wanted, group, node));
            }
            for (List<Integer> group : groups) {
                if (!wanted.containsKey(group)) {
                    holder(group)
                            .filter(node -> mayKeep(node, group))
                            .filter(node -> !isOutdone(node, group))
                            .ifPresent(node -> put(wanted, group, node));
                }
            }
            for (List<Integer> group : groups) {
                if (!wanted.containsKey(group)) {
                    put(wanted, group, best(group));
                }
            }
            return wanted;
        }

        private boolean mayKeep(NodeState<I> holder, List<Integer> group) {
            boolean isTaker = takers.contains(holder);
            if (!isWritten(group)) {
                return isTaker && hasRoom(holder);
            }
            return isTaker || group.stream().noneMatch(leaving::contains);
        }

        private Optional<NodeState<I>> wish(List<Integer> group) {
            return group.stream()
                    .flatMap(partition -> rules.placement().nodeOf(partition).stream())
                    .flatMap(name -> takers.stream().filter(node -> node.name().equals(name)))
                    .findFirst();
        }

        private boolean isWritten(List<Integer> group) {
            return group.stream().anyMatch(rules.placement()::isWritten);
        }

        /** Who answers for the most of it. */
        private Optional<NodeState<I>> holder(List<Integer> group) {
            return nodes.stream()
                    .filter(node -> activeCount(node, group) > 0)
                    .max(Comparator.comparingLong((NodeState<I> node) -> activeCount(node, group)));
        }

        /** Whether another node has copies of all of it, and fewer of them are faulty. */
        private boolean isOutdone(NodeState<I> holder, List<Integer> group) {
            return nodes.stream()
                    .filter(node -> group.stream().allMatch(node::hasImages))
                    .anyMatch(node -> node.faultCount(group) < holder.faultCount(group));
        }

        private long activeCount(NodeState<I> node, List<Integer> group) {
            return group.stream().filter(node::isActive).count();
        }

        private void put(
                Map<List<Integer>, NodeState<I>> wanted, List<Integer> group, NodeState<I> node) {
            wanted.put(group, node);
            load.merge(node.id(), group.size(), Integer::sum);
        }

        /** Shares are by weight, rounded up: a group is never split. */
        private boolean hasRoom(NodeState<I> node) {
            int share = Math.ceilDiv(partitionCount * node.weight(), totalWeight);
            return load.getOrDefault(node.id(), 0) < share;
        }

        private NodeState<I> best(List<Integer> group) {
            return takers.stream()
                    .min(
                            Comparator.comparingLong((NodeState<I> node) -> node.faultCount(group))
                                    .thenComparing(node -> !hasRoom(node))
                                    .thenComparingLong(node -> lagClass(node, group))
                                    .thenComparingDouble(this::relativeLoad))
                    .orElseThrow();
        }

        /** Caught up is caught up: a few records more or less say nothing. */
        private long lagClass(NodeState<I> node, List<Integer> group) {
            long lag = group.stream().mapToLong(node::lag).max().orElse(0);
            return lag <= rules.acceptableLagRecords() ? 0 : lag;
        }

        private double relativeLoad(NodeState<I> node) {
            return load.getOrDefault(node.id(), 0) / (double) Math.max(1, node.weight());
        }

        /** Gives a group to where it should be if it can go there whole, else to who is ahead. */
        private void place(List<Integer> group, NodeState<I> wanted) {
            boolean canGo = group.stream().allMatch(partition -> isReady(wanted, partition, group));
            List<NodeState<I>> holders = standbyOrder(group);
            for (int partition : group) {
                NodeState<I> answering = canGo ? wanted : mostCaughtUp(partition, wanted);
                active.put(partition, answering.id());
                Set<I> copiesAt = new LinkedHashSet<>();
                int count = rules.standbyReplicas();
                if (!answering.equals(wanted)) {
                    isFinal = false;
                    // A node that warms up counts as one of the copies if it had one already.
                    if (isReady(wanted, partition, group) || warming++ < rules.maxWarmups()) {
                        copiesAt.add(wanted.id());
                        count++;
                    }
                }
                for (NodeState<I> node : holders) {
                    if (!node.equals(answering) && copiesAt.size() < count) {
                        copiesAt.add(node.id());
                    }
                }
                // What waits at a drained node for its turn is looked at again.
                isFinal &= takers.contains(answering);
                // Until a healthy copy has caught up.
                isFinal &= !answering.isFaulty(partition) || !hasHealthy(copiesAt, partition);
                copiesAt.forEach(node -> copies.merge(node, 1, Integer::sum));
                standby.put(partition, copiesAt);
            }
        }

        private boolean hasHealthy(Set<I> copiesAt, int partition) {
            return nodes.stream()
                    .anyMatch(node -> copiesAt.contains(node.id()) && !node.isFaulty(partition));
        }

        private boolean isReady(NodeState<I> node, int partition, List<Integer> group) {
            NodeState<I> ahead = mostCaughtUp(partition, node);
            if (node.worth(partition) != ahead.worth(partition)) {
                // A group is not split for it where each node has a faulty copy of some of it.
                return node.worth(partition) == NodeState.Worth.FAULTY && !isOutdone(node, group);
            }
            return !ahead.hasImages(partition)
                    || node.lag(partition) <= ahead.lag(partition) + rules.acceptableLagRecords();
        }

        /**
         * Of the healthy, those least behind, the one that has it already; else {@code preferred}.
         */
        private NodeState<I> mostCaughtUp(int partition, NodeState<I> preferred) {
            return nodes.stream()
                    .min(
                            Comparator.comparing((NodeState<I> node) -> node.worth(partition))
                                    .thenComparingLong(node -> node.lag(partition))
                                    .thenComparing(node -> !node.isActive(partition))
                                    .thenComparing(node -> !node.equals(preferred)))
                    .orElse(preferred);
        }

        /** The nodes, the best for a group's copies first. */
        private List<NodeState<I>> standbyOrder(List<Integer> group) {
            return nodes.stream()
                    .sorted(
                            Comparator.comparingLong((NodeState<I> node) -> lagClass(node, group))
                                    .thenComparingDouble(
                                            node ->
                                                    copies.getOrDefault(node.id(), 0)
                                                            / (double) Math.max(1, node.weight())))
                    .toList();
        }
    }
}
