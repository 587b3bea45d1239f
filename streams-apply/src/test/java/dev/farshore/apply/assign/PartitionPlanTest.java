package dev.farshore.apply.assign;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class PartitionPlanTest {
    private static final long END = 1_000_000;
    private static final long ACCEPTABLE = 10_000;

    private Placement placement = Placement.NONE;
    private int standbyReplicas;

    private PartitionPlan<String> plan(int partitions, List<NodeState<String>> nodes) {
        return PartitionPlan.of(
                nodes,
                IntStream.range(0, partitions).boxed().collect(Collectors.toSet()),
                new PartitionPlan.Rules(standbyReplicas, 2, ACCEPTABLE, placement));
    }

    /** A node that answers for some partitions and has copies of others. */
    private static NodeState<String> node(String name, Set<Integer> active, Set<Integer> copies) {
        Map<Integer, Long> lags = new HashMap<>();
        IntStream.range(0, 64).forEach(partition -> lags.put(partition, END));
        copies.forEach(partition -> lags.put(partition, 5L));
        return new NodeState<>(name, name, 1, active, lags, Set.of(), false);
    }

    private static Set<Integer> activeOf(PartitionPlan<String> plan, String node) {
        return plan.active().entrySet().stream()
                .filter(entry -> entry.getValue().equals(node))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static NodeState<String> faulty(NodeState<String> node, Integer... partitions) {
        return new NodeState<>(
                node.id(),
                node.name(),
                node.weight(),
                node.active(),
                node.lags(),
                Set.of(partitions),
                node.isDrained());
    }

    private void everythingIsWritten() {
        placement =
                new Placement() {
                    @Override
                    public Optional<String> nodeOf(int partition) {
                        return Optional.empty();
                    }

                    @Override
                    public boolean isWritten(int partition) {
                        return true;
                    }

                    @Override
                    public Set<Integer> together(int partition) {
                        return Set.of(0, 1);
                    }
                };
    }

    /** A node whose disk was full kept the partition, though the other was back with its data. */
    @Test
    void shouldGiveAPartitionToAHealthyCopyThoughItIsWrittenAtAFaultyOne() {
        standbyReplicas = 1;
        everythingIsWritten();
        PartitionPlan<String> plan =
                plan(
                        2,
                        List.of(
                                faulty(node("a-1", Set.of(0, 1), Set.of()), 1),
                                node("a-2", Set.of(), Set.of(0, 1))));
        assertThat(activeOf(plan, "a-2")).containsExactly(0, 1);
        assertThat(plan.standby()).containsEntry(1, Set.of("a-1"));
        assertThat(plan.isFinal()).isTrue();
    }

    @Test
    void shouldPreferAHealthyCopyThatIsFarBehindToAFaultyOne() {
        PartitionPlan<String> plan =
                plan(
                        1,
                        List.of(
                                faulty(node("a-1", Set.of(0), Set.of()), 0),
                                node("a-2", Set.of(), Set.of())));
        assertThat(activeOf(plan, "a-2")).containsExactly(0);
    }

    @Test
    void shouldNotGiveAPartitionToAFaultyCopyThoughItsOperatorWishesIt() {
        placement = partition -> Optional.of("a-2");
        PartitionPlan<String> plan =
                plan(
                        1,
                        List.of(
                                node("a-1", Set.of(0), Set.of()),
                                faulty(node("a-2", Set.of(), Set.of(0)), 0)));
        assertThat(activeOf(plan, "a-1")).containsExactly(0);
        assertThat(plan.isFinal()).as("it goes there when that copy is healthy").isFalse();
    }

    @Test
    void shouldLeaveAPartitionWhereItIsWhenAllCopiesAreFaulty() {
        everythingIsWritten();
        PartitionPlan<String> plan =
                plan(
                        2,
                        List.of(
                                faulty(node("a-1", Set.of(), Set.of(0, 1)), 0),
                                faulty(node("a-2", Set.of(0, 1), Set.of()), 0)));
        assertThat(activeOf(plan, "a-2")).containsExactly(0, 1);
    }

    @Test
    void shouldNotSplitAGroupOfWhichEachNodeHasAFaultyCopy() {
        everythingIsWritten();
        PartitionPlan<String> plan =
                plan(
                        2,
                        List.of(
                                faulty(node("a-1", Set.of(), Set.of(0, 1)), 0),
                                faulty(node("a-2", Set.of(0, 1), Set.of()), 1)));
        assertThat(activeOf(plan, "a-2")).containsExactly(0, 1);
    }

    @Test
    void shouldKeepAFaultyCopyUntilAnotherNodeHasOneAtAll() {
        standbyReplicas = 1;
        NodeState<String> without =
                new NodeState<>("a-2", "a-2", 1, Set.of(), Map.of(), Set.of(), false);
        PartitionPlan<String> plan =
                plan(1, List.of(faulty(node("a-1", Set.of(0), Set.of()), 0), without));
        assertThat(activeOf(plan, "a-1")).containsExactly(0);
        assertThat(plan.standby()).containsEntry(0, Set.of("a-2"));
        assertThat(plan.isFinal()).as("it moves when the new copy has caught up").isFalse();
    }

    @Test
    void shouldShareNewPartitionsEvenly() {
        PartitionPlan<String> plan =
                plan(
                        7,
                        List.of(
                                node("a", Set.of(), Set.of()),
                                node("b", Set.of(), Set.of()),
                                node("c", Set.of(), Set.of())));
        assertThat(List.of(activeOf(plan, "a"), activeOf(plan, "b"), activeOf(plan, "c")))
                .extracting(Set::size)
                .containsExactlyInAnyOrder(3, 2, 2);
        assertThat(plan.isFinal()).isTrue();
    }

    @Test
    void shouldLeavePartitionsWhereTheyAre() {
        PartitionPlan<String> plan =
                plan(
                        4,
                        List.of(
                                node("a", Set.of(1, 3), Set.of()),
                                node("b", Set.of(0, 2), Set.of())));
        assertThat(activeOf(plan, "a")).containsExactly(1, 3);
        assertThat(plan.isFinal()).isTrue();
    }

    @Test
    void shouldGiveADeadNodesPartitionsToItsHotCopies() {
        standbyReplicas = 1;
        PartitionPlan<String> plan =
                plan(
                        6,
                        List.of(
                                node("a", Set.of(0, 1), Set.of(4)),
                                node("b", Set.of(2, 3), Set.of(5))));
        assertThat(activeOf(plan, "a")).containsExactly(0, 1, 4);
        assertThat(activeOf(plan, "b")).containsExactly(2, 3, 5);
        assertThat(plan.isFinal()).isTrue();
    }

    @Test
    void shouldNotMoveAPartitionToANodeThatHasNotCaughtUp() {
        List<NodeState<String>> nodes =
                List.of(node("a", Set.of(0, 1, 2, 3), Set.of()), node("b", Set.of(), Set.of()));
        PartitionPlan<String> first = plan(4, nodes);
        assertThat(activeOf(first, "a")).containsExactly(0, 1, 2, 3);
        assertThat(first.isFinal()).isFalse();
        Set<Integer> warming =
                first.standby().entrySet().stream()
                        .filter(entry -> entry.getValue().contains("b"))
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet());
        assertThat(warming).hasSize(2);

        PartitionPlan<String> second =
                plan(
                        4,
                        List.of(
                                node("a", Set.of(0, 1, 2, 3), Set.of()),
                                node("b", Set.of(), warming)));
        assertThat(activeOf(second, "b")).isEqualTo(warming);
        assertThat(second.isFinal()).isTrue();
    }

    @Test
    void shouldPutAPartitionWhereItIsWantedOnceThatNodeHasCaughtUp() {
        placement = partition -> partition == 0 ? Optional.of("b") : Optional.empty();
        List<NodeState<String>> before =
                List.of(node("a", Set.of(0), Set.of()), node("b", Set.of(1), Set.of()));
        assertThat(activeOf(plan(2, before), "b")).containsExactly(1);
        assertThat(plan(2, before).standby().get(0)).containsExactly("b");

        List<NodeState<String>> after =
                List.of(node("a", Set.of(0), Set.of()), node("b", Set.of(1), Set.of(0)));
        assertThat(activeOf(plan(2, after), "b")).contains(0);
    }

    @Test
    void shouldIgnoreAWishForANodeThatIsNotThere() {
        placement = partition -> Optional.of("gone");
        PartitionPlan<String> plan = plan(2, List.of(node("a", Set.of(0, 1), Set.of())));
        assertThat(activeOf(plan, "a")).containsExactly(0, 1);
    }

    @Test
    void shouldKeepHotCopiesOnOtherNodes() {
        standbyReplicas = 2;
        PartitionPlan<String> plan =
                plan(
                        3,
                        List.of(
                                node("a", Set.of(0), Set.of(1)),
                                node("b", Set.of(1), Set.of(2)),
                                node("c", Set.of(2), Set.of(0))));
        plan.standby()
                .forEach(
                        (partition, holders) ->
                                assertThat(holders)
                                        .hasSize(2)
                                        .doesNotContain(plan.active().get(partition)));
    }

    @Test
    void shouldTakeTheNodeLeastBehindWhenNoneHasCaughtUp() {
        NodeState<String> far =
                new NodeState<>("a", "a", 1, Set.of(), Map.of(0, 900_000L), Set.of(), false);
        NodeState<String> near =
                new NodeState<>("b", "b", 1, Set.of(), Map.of(0, 50_000L), Set.of(), false);
        assertThat(plan(1, List.of(far, near)).active()).containsEntry(0, "b");
    }

    @Test
    void shouldNotMoveWhatIsWrittenForTheSakeOfBalance() {
        placement = new Groups(Map.of(), Set.of(0, 1, 2, 3));
        PartitionPlan<String> plan =
                plan(
                        4,
                        List.of(
                                node("a", Set.of(0, 1, 2, 3), Set.of()),
                                node("b", Set.of(), Set.of(0, 1, 2, 3))));
        assertThat(activeOf(plan, "a")).containsExactly(0, 1, 2, 3);
        assertThat(plan.isFinal()).isTrue();
    }

    @Test
    void shouldMoveWhatBelongsTogetherTogether() {
        Set<Integer> vm = Set.of(0, 3);
        placement = new Groups(Map.of(0, vm, 3, vm), Set.of());
        standbyReplicas = 1;
        List<NodeState<String>> half =
                List.of(
                        node("a", Set.of(0, 1, 2, 3), Set.of()),
                        node("b", Set.of(), Set.of(0)),
                        node("c", Set.of(), Set.of(1)));
        assertThat(activeOf(plan(4, half), "a")).contains(0, 3);

        PartitionPlan<String> dead =
                plan(
                        4,
                        List.of(
                                node("b", Set.of(), Set.of(0, 3)),
                                node("c", Set.of(), Set.of(1, 2))));
        assertThat(activeOf(dead, "b")).containsExactly(0, 3);
        assertThat(dead.standby().get(0)).isEqualTo(dead.standby().get(3));
    }

    /** Groups of partitions, and those that are written. */
    private record Groups(Map<Integer, Set<Integer>> groups, Set<Integer> written)
            implements Placement {
        @Override
        public Optional<String> nodeOf(int partition) {
            return Optional.empty();
        }

        @Override
        public boolean isWritten(int partition) {
            return written.contains(partition);
        }

        @Override
        public Set<Integer> together(int partition) {
            return groups.getOrDefault(partition, Set.of(partition));
        }
    }

    /** Whatever the nodes are like, every partition has one reader, and moves come to an end. */
    @Property(tries = 500)
    void shouldComeToRest(@ForAll long seed, @ForAll @IntRange(max = 2) int replicas) {
        Random random = new Random(seed);
        standbyReplicas = replicas;
        int partitions = 1 + random.nextInt(20);
        Map<Integer, Set<Integer>> groups = new HashMap<>();
        Set<Integer> written = new HashSet<>();
        for (int partition = 0; partition < partitions; partition++) {
            int group = random.nextInt(8);
            Set<Integer> members = groups.computeIfAbsent(100 + group, any -> new HashSet<>());
            if (group < 4) {
                members.add(partition);
                groups.put(partition, members);
            }
            if (random.nextInt(3) == 0) {
                written.add(partition);
            }
        }
        placement = new Groups(groups, written);
        Map<String, Set<Integer>> copies = new HashMap<>();
        int nodeCount = 1 + random.nextInt(5);
        for (int i = 0; i < nodeCount; i++) {
            Set<Integer> has = new HashSet<>();
            IntStream.range(0, partitions).filter(p -> random.nextInt(3) == 0).forEach(has::add);
            copies.put("n" + i, has);
        }
        Map<Integer, String> active = Map.of();
        PartitionPlan<String> plan = null;
        for (int round = 0; round < 40; round++) {
            List<NodeState<String>> nodes = new ArrayList<>();
            for (String name : copies.keySet()) {
                Set<Integer> owned = new HashSet<>();
                active.forEach(
                        (p, owner) -> {
                            if (owner.equals(name)) owned.add(p);
                        });
                nodes.add(node(name, owned, copies.get(name)));
            }
            plan = plan(partitions, nodes);
            assertThat(plan.active().keySet()).hasSize(partitions);
            for (int partition = 0; partition < partitions; partition++) {
                assertThat(plan.standby().get(partition))
                        .doesNotContain(plan.active().get(partition));
                assertThat(plan.standby().get(partition).size())
                        .isGreaterThanOrEqualTo(Math.min(replicas, nodeCount - 1));
            }
            if (plan.active().equals(active) && plan.isFinal()) {
                return;
            }
            active = plan.active();
            // Until the next round the nodes catch up with what they were given.
            active.forEach((partition, owner) -> copies.get(owner).add(partition));
            plan.standby()
                    .forEach(
                            (partition, holders) ->
                                    holders.forEach(holder -> copies.get(holder).add(partition)));
        }
        throw new AssertionError("still moving: " + plan);
    }
}
