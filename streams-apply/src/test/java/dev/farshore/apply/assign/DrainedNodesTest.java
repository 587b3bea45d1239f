package dev.farshore.apply.assign;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plans for sites with drained nodes. Partitions 0 and 1 are a VM's, 2 is another's. */
class DrainedNodesTest {
    private static final Set<Integer> ALL = Set.of(0, 1, 2, 3);

    private Set<Integer> written = Set.of(0, 1, 2);
    private Set<Integer> leaving = Set.of();
    private Optional<String> wish = Optional.empty();

    private PartitionPlan<String> plan(List<NodeState<String>> nodes) {
        Placement placement =
                new Placement() {
                    @Override
                    public Optional<String> nodeOf(int partition) {
                        return wish;
                    }

                    @Override
                    public boolean isWritten(int partition) {
                        return written.contains(partition);
                    }

                    @Override
                    public Set<Integer> leaving() {
                        return leaving;
                    }

                    @Override
                    public Set<Integer> together(int partition) {
                        return partition < 2 ? Set.of(0, 1) : Set.of(partition);
                    }
                };
        return PartitionPlan.of(nodes, ALL, new PartitionPlan.Rules(1, 2, 100, placement));
    }

    /** With a copy of everything. */
    private static NodeState<String> node(String name, boolean isDrained, Integer... active) {
        return new NodeState<>(
                name,
                name,
                1,
                Set.of(active),
                Map.of(0, 0L, 1, 0L, 2, 0L, 3, 0L),
                Set.of(),
                isDrained);
    }

    @Test
    void shouldGiveAwayWhatIsNotWrittenAtOnceAndKeepTheRestUntilItsTurn() {
        PartitionPlan<String> plan =
                plan(List.of(node("a-1", true, 0, 1, 2, 3), node("a-2", false)));
        assertThat(plan.active()).isEqualTo(Map.of(0, "a-1", 1, "a-1", 2, "a-1", 3, "a-2"));
        assertThat(plan.isFinal()).as("the rest is to go, too").isFalse();
        assertThat(plan.standby()).containsEntry(3, Set.of("a-1"));
    }

    @Test
    void shouldMoveAllOfAVmWhoseTurnItIs() {
        leaving = Set.of(1);
        PartitionPlan<String> plan =
                plan(List.of(node("a-1", true, 0, 1, 2), node("a-2", false, 3)));
        assertThat(plan.active()).isEqualTo(Map.of(0, "a-2", 1, "a-2", 2, "a-1", 3, "a-2"));
    }

    @Test
    void shouldGiveADrainedNodeNothing() {
        wish = Optional.of("a-1");
        PartitionPlan<String> plan =
                plan(List.of(node("a-1", true), node("a-2", false, 0, 1, 2, 3)));
        assertThat(plan.active().values()).containsOnly("a-2");
        assertThat(plan.isFinal()).isTrue();
        assertThat(plan(List.of(node("a-1", true), node("a-2", false))).active().values())
                .as("what nobody has")
                .containsOnly("a-2");
    }

    @Test
    void shouldGiveADrainedNodeEverythingWhenTheOthersAreGone() {
        assertThat(plan(List.of(node("a-1", true, 3))).active().values()).containsOnly("a-1");
    }

    @Test
    void shouldKeepAtADrainedNodeWhatIsFaultyElsewhere() {
        leaving = ALL;
        NodeState<String> faulty =
                new NodeState<>(
                        "a-2",
                        "a-2",
                        1,
                        Set.of(),
                        Map.of(0, 0L, 1, 0L, 2, 0L, 3, 0L),
                        Set.of(1),
                        false);
        PartitionPlan<String> plan = plan(List.of(node("a-1", true, 0, 1, 2, 3), faulty));
        assertThat(plan.active()).isEqualTo(Map.of(0, "a-1", 1, "a-1", 2, "a-2", 3, "a-2"));
        assertThat(plan.isFinal()).isFalse();
    }

    @Test
    void shouldSpreadOverTheOthersWhatADrainedNodeGives() {
        written = Set.of();
        PartitionPlan<String> plan =
                plan(
                        List.of(
                                node("a-1", true, 0, 1, 2, 3),
                                node("a-2", false),
                                node("a-3", false)));
        assertThat(plan.active().values()).containsOnly("a-2", "a-3").hasSize(4);
        assertThat(plan.active().values().stream().filter("a-2"::equals)).hasSize(2);
    }
}
