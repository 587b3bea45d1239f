package dev.farshore.node.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class VolumePlacementTest {
    private final List<VolumeSpec> specs = new ArrayList<>();
    private final List<ClockReading> nodes = new ArrayList<>();
    private final VolumePlacement placement =
            new VolumePlacement(
                    new SiteNodes("a", () -> nodes),
                    () -> specs,
                    new DrainTurns(
                            new SiteNodes("a", () -> nodes), _ -> Optional.empty(), () -> 0));

    private void add(String vvol, String vm, int partition, String owner, String node) {
        specs.add(
                VolumeSpec.newBuilder()
                        .setVvol(vvol)
                        .setVm(vm)
                        .setSizeBytes(512)
                        .setPartition(partition)
                        .setOwner(owner)
                        .setEpoch(1)
                        .setPhase(Phase.OPEN)
                        .setDurability(Durability.LOG)
                        .setCreatedMicros(0)
                        .setPlacement(node)
                        .build());
    }

    @Test
    void shouldKeepTogetherWhatAVmOfThisSiteWrites() {
        add("data", "shop", 3, "a", "");
        add("log", "shop", 5, "a", "a-2");
        add("far-1", "away", 1, "b", "");
        add("far-2", "away", 2, "b", "");

        assertThat(placement.together(3)).isEqualTo(Set.of(3, 5));
        assertThat(placement.together(5)).isEqualTo(Set.of(3, 5));
        assertThat(placement.together(1)).isEqualTo(Set.of(1));
        assertThat(placement.together(7)).isEqualTo(Set.of(7));
        assertThat(placement.isWritten(3)).isTrue();
        assertThat(placement.isWritten(1)).isFalse();
        assertThat(placement.nodeOf(5)).contains("a-2");
        assertThat(placement.nodeOf(3)).isEmpty();
    }

    @Test
    void shouldJoinVmsThatShareAPartition() {
        add("one-1", "one", 0, "a", "");
        add("one-2", "one", 1, "a", "");
        add("two-1", "two", 1, "a", "");
        add("two-2", "two", 2, "a", "");

        assertThat(placement.together(0)).isEqualTo(Set.of(0, 1, 2));
        assertThat(placement.together(2)).isEqualTo(Set.of(0, 1, 2));
    }

    @Test
    void shouldIgnoreAWishForANodeOfAnotherSite() {
        add("data", "shop", 3, "a", "b-1");
        assertThat(placement.nodeOf(3)).as("not known yet").contains("b-1");
        nodes.add(
                new ClockReading(
                        "b", "b-1", 0L, 0L, 0L, List.of(), "", "", "", 0L, List.of(), 0L, "",
                        List.of(), List.of(), List.of()));
        assertThat(placement.nodeOf(3)).isEmpty();
        nodes.add(
                new ClockReading(
                        "a", "b-1", 0L, 0L, 0L, List.of(), "", "", "", 0L, List.of(), 0L, "",
                        List.of(), List.of(), List.of()));
        assertThat(placement.nodeOf(3)).as("one of that name here, too").contains("b-1");
    }

    @Test
    void shouldTellOfChangesThatMatter() {
        add("data", "shop", 3, "a", "");
        assertThat(placement.changed()).as("the first layout").isFalse();
        assertThat(placement.changed()).isFalse();
        add("log", "shop", 5, "a", "");
        assertThat(placement.changed()).isTrue();
    }
}
