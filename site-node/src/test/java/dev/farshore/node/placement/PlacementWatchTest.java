package dev.farshore.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

class PlacementWatchTest {
    private static final int PARTITION = 3;

    private final List<VolumeSpec> specs = new ArrayList<>();
    private final List<ClockReading> readings = new ArrayList<>();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final SiteNodes nodes = new SiteNodes("a", () -> List.copyOf(readings));
    private final PlacementWatch watch =
            new PlacementWatch(
                    "a-1",
                    new VolumePlacement(
                            nodes,
                            () -> specs,
                            new DrainTurns(nodes, _ -> Optional.empty(), () -> 0)),
                    nodes,
                    () -> Set.of(PARTITION),
                    asked::add);

    @AfterEach
    void close() {
        watch.close();
    }

    @Test
    void shouldNotAskForANodeOfAnotherSite() {
        specs.add(spec("b-1"));
        readings.add(node("b", "b-1"));
        assertThat(watch.reasonToMove()).isEmpty();
    }

    @Test
    void shouldAskForTheNodeThatAnOperatorWishes() {
        specs.add(spec("a-2"));
        readings.add(node("a", "a-2"));
        assertThat(watch.reasonToMove()).contains("partition 3 belongs at a-2");
    }

    @Test
    void shouldAskWhenItsCopyIsFaultyAndAnotherIsNot() throws Exception {
        specs.add(spec(""));
        readings.add(node("a", "a-1", faulty("FAULTED")));
        readings.add(node("a", "a-2"));
        watch.nodesChanged();
        assertThat(asked.poll(10, TimeUnit.SECONDS))
                .isEqualTo("the copy of partition 3 at a-1 is faulty");
    }

    @Test
    void shouldNotAskWhenNoOtherCopyIsBetter() {
        specs.add(spec("a-2"));
        readings.add(node("a", "a-1", faulty("FAULTED")));
        readings.add(node("a", "a-2", faulty("NEEDS_SEED")));
        readings.add(node("b", "b-1"));
        assertThat(watch.reasonToMove()).isEmpty();
    }

    /** It is in the log: every copy meets it. */
    @Test
    void shouldNotAskForTheSakeOfAGap() {
        specs.add(spec(""));
        readings.add(node("a", "a-1", faulty("GAP")));
        readings.add(node("a", "a-2"));
        assertThat(watch.reasonToMove()).isEmpty();
    }

    private static FaultyCopy faulty(String health) {
        return new FaultyCopy("data", PARTITION, health, "why", true);
    }

    private static ClockReading node(String site, String node, FaultyCopy... faulty) {
        return new ClockReading(
                site,
                node,
                0L,
                0L,
                0L,
                List.of(faulty),
                "",
                "",
                "",
                0L,
                List.of(),
                0L,
                "",
                List.of(),
                List.of(),
                List.of());
    }

    private static VolumeSpec spec(String placement) {
        return VolumeSpec.newBuilder()
                .setVvol("data")
                .setVm("")
                .setSizeBytes(512)
                .setPartition(PARTITION)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setPlacement(placement)
                .build();
    }
}
