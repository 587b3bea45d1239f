package dev.farshore.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** VM {@code shop} has partitions 1 and 2, VM {@code blog} has 3; 0 is written at another site. */
class DrainTurnsTest {
    private final List<VolumeSpec> specs = new ArrayList<>();
    private final Map<String, ClockReading> readings = new HashMap<>();
    private final Map<String, Progress> reports = new HashMap<>();
    private final SiteNodes nodes = new SiteNodes("a", () -> List.copyOf(readings.values()));
    private long nowNanos;
    private final VolumePlacement placement =
            new VolumePlacement(
                    nodes,
                    () -> List.copyOf(specs),
                    new DrainTurns(
                            nodes, vvol -> Optional.ofNullable(reports.get(vvol)), () -> nowNanos));

    @BeforeEach
    void start() {
        specs.add(spec("far", "", 0, "b", Phase.OPEN));
        specs.add(spec("data", "shop", 1, "a", Phase.OPEN));
        specs.add(spec("log", "shop", 2, "a", Phase.OPEN));
        specs.add(spec("posts", "blog", 3, "a", Phase.OPEN));
        List.of("data", "log", "posts").forEach(vvol -> written(vvol, "a-1", "a-1"));
        says("a-1", List.of(0, 1, 2, 3), List.of());
        says("a-2", List.of(), List.of(0, 1, 2, 3));
        order();
    }

    @Test
    void shouldLetNothingLeaveWithoutAnOrder() {
        readings.remove(DrainOrders.key("a", "a-1"));
        assertThat(placement.leaving()).isEmpty();
        assertThat(placement.isAnythingToDrain()).isFalse();
    }

    @Test
    void shouldLetLeaveFirstWhatIsNotWrittenAndThenOneVmAfterTheOther() {
        assertThat(placement.leaving()).containsExactly(0);
        assertThat(placement.isNextTurnDue()).isFalse();

        says("a-1", List.of(1, 2, 3), List.of(0));
        says("a-2", List.of(0), List.of(1, 2, 3));
        assertThat(placement.isNextTurnDue()).isTrue();
        assertThat(placement.leaving()).containsExactlyInAnyOrder(1, 2);

        says("a-1", List.of(3), List.of(0, 1, 2));
        says("a-2", List.of(0, 1, 2), List.of(3));
        assertThat(placement.leaving()).as("still open there").containsExactlyInAnyOrder(1, 2);
        written("data", "a-2", "a-1");
        written("log", "a-2", "a-1");
        assertThat(placement.isNextTurnDue()).as("kept there, not written").isFalse();
        written("data", "a-2", "a-2");
        nowNanos += Duration.ofHours(1).toNanos();
        assertThat(placement.isNextTurnDue()).as("one is not written again").isFalse();
        assertThat(placement.leaving()).containsExactlyInAnyOrder(1, 2);

        written("log", "a-2", "a-2");
        assertThat(placement.isNextTurnDue()).isTrue();
        assertThat(placement.leaving()).containsExactly(3);
        says("a-1", List.of(), List.of(0, 1, 2, 3));
        written("posts", "a-2", "a-2");
        assertThat(placement.leaving()).isEmpty();
        assertThat(placement.isAnythingToDrain()).isFalse();
    }

    @Test
    void shouldPassOverWhatNoOtherNodeCanTake() {
        says("a-1", List.of(1, 2, 3), List.of());
        readings.put("a/a-2", reading("a-2", List.of(0), List.of(1, 2, 3), 2));
        assertThat(placement.leaving()).containsExactly(3);
        says("a-2", List.of(0), List.of());
        assertThat(placement.isAnythingToDrain()).isFalse();
    }

    @Test
    void shouldLetAnotherLeaveWhenTheFirstDoesNotBegin() {
        says("a-1", List.of(1, 2, 3), List.of());
        assertThat(placement.leaving()).containsExactlyInAnyOrder(1, 2);
        nowNanos += Duration.ofSeconds(31).toNanos();
        assertThat(placement.leaving()).containsExactly(3);
        nowNanos += Duration.ofSeconds(31).toNanos();
        assertThat(placement.leaving()).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void shouldNotTouchAVmThatIsHandedOver() {
        specs.set(2, spec("log", "shop", 2, "a", Phase.SEALED));
        says("a-1", List.of(1, 2, 3), List.of());
        assertThat(placement.leaving()).containsExactly(3);
    }

    @Test
    void shouldNotCountADrainedNodeAsOneThatTakesOver() {
        readings.put(DrainOrders.key("a", "a-2"), DrainOrders.of("a", "a-2", 0));
        assertThat(placement.leaving()).isEmpty();
        assertThat(placement.drained()).containsExactlyInAnyOrder("a-1", "a-2");
    }

    private void order() {
        readings.put(DrainOrders.key("a", "a-1"), DrainOrders.of("a", "a-1", 0));
        readings.put(DrainOrders.key("b", "a-2"), DrainOrders.of("b", "a-2", 0));
    }

    private void says(String node, List<Integer> active, List<Integer> hot) {
        readings.put("a/" + node, reading(node, active, hot));
    }

    private static ClockReading reading(
            String node, List<Integer> active, List<Integer> hot, Integer... faulty) {
        return new ClockReading(
                "a",
                node,
                0L,
                0L,
                0L,
                List.of(faulty).stream()
                        .map(partition -> new FaultyCopy("log", partition, "FAULTED", "", false))
                        .toList(),
                "p",
                "",
                "",
                0L,
                List.of(),
                0L,
                "1",
                active,
                hot,
                List.of());
    }

    private void written(String vvol, String keeper, String writer) {
        reports.put(
                vvol,
                Progress.newBuilder()
                        .setVvol(vvol)
                        .setSite("a")
                        .setNode(keeper)
                        .setEpoch(1)
                        .setOpen(true)
                        .setEpochOwner("a#journal@" + writer)
                        .setAppliedSeq(1)
                        .setHardenedSeq(1)
                        .setHardenedVmSeq(1)
                        .setHardenedTotalBytes(1)
                        .setHardenedWritesOffset(1)
                        .setHealth(Health.OK)
                        .setReportedMicros(0)
                        .setClients(0)
                        .build());
    }

    private static VolumeSpec spec(
            String vvol, String vm, int partition, String owner, Phase phase) {
        return VolumeSpec.newBuilder()
                .setVvol(vvol)
                .setVm(vm)
                .setSizeBytes(512)
                .setPartition(partition)
                .setOwner(owner)
                .setEpoch(1)
                .setPhase(phase)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .build();
    }
}
