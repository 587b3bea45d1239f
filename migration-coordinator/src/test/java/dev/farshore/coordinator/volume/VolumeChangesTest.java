package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewThrottle;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.process.http.RefusedException.Refusal;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.VolumeSpec;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

class VolumeChangesTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final VolumeService volumes =
            new VolumeService(
                    specs, new Sites(Set.of("a", "b"), new InMemoryReports()), 4, () -> 1);
    private final VmService vms = new VmService(specs, new InMemoryReports(), "moving"::equals);
    private final VolumeChanges changes = new VolumeChanges(specs, vms, "moving"::equals);

    @BeforeEach
    void create() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
        volumes.create(new NewVolume("wal", 4096L, "a", null, null));
        vms.create(new NewVm("shop", List.<@Nullable String>of("data", "wal")));
    }

    @Test
    void shouldChangeWhatIsAskedForAndNothingElse() {
        VolumeSpec before = volumes.require("data");

        changes.set("data", new VolumeSettings("remote", null));
        changes.set("data", new VolumeSettings(null, 2L << 20));

        assertThat(volumes.require("data"))
                .isEqualTo(
                        SpecChanges.next(
                                SpecChanges.next(
                                        SpecChanges.kept(
                                                before, Durability.REMOTE, 2L << 20, ""))));
        changes.set("data", new VolumeSettings(null, null, "a-2", null));
        assertThat(volumes.require("data").getPlacement()).isEqualTo("a-2");
        changes.set("data", new VolumeSettings("log", null));
        assertThat(volumes.require("data").getPlacement()).isEqualTo("a-2");
        changes.set("data", new VolumeSettings(null, null, "", null));
        assertThat(volumes.require("data").getPlacement()).isEmpty();
        assertRefused(
                () -> changes.set("data", new VolumeSettings(null, null, "A node", null)),
                Refusal.INVALID);
        assertRefused(() -> changes.set("data", new VolumeSettings("none", null)), Refusal.INVALID);
        assertRefused(() -> changes.set("data", new VolumeSettings(null, 1L)), Refusal.INVALID);
        assertRefused(() -> changes.set("data", new VolumeSettings(null, null)), Refusal.MALFORMED);
        assertRefused(
                () -> changes.set("none", new VolumeSettings("log", null)), Refusal.NOT_FOUND);
    }

    @Test
    void shouldShrinkOnlyByForceAndResizeNothingThatMoves() {
        assertThat(changes.resize("data", new NewSize(8192L, null)).getSizeBytes()).isEqualTo(8192);
        assertRefused(() -> changes.resize("data", new NewSize(512L, null)), Refusal.CONFLICT);
        assertThat(volumes.require("data").getShrinkFromBytes()).as("no order").isZero();
        assertThat(changes.resize("data", new NewSize(512L, true)).getSizeBytes()).isEqualTo(512);
        assertThat(volumes.require("data").getShrinkFromBytes()).isEqualTo(8192);
        changes.resize("data", new NewSize(1024L, null));
        assertThat(volumes.require("data").getShrinkFromBytes())
                .as("what was to be cut off may be there still")
                .isEqualTo(8192);
        changes.resize("data", new NewSize(16384L, null));
        assertThat(volumes.require("data").getShrinkFromBytes()).isZero();
        assertRefused(() -> changes.resize("data", new NewSize(100L, true)), Refusal.INVALID);

        specs.put(List.of(SpecChanges.joined(volumes.require("wal"), "moving")));
        assertRefused(() -> changes.resize("wal", new NewSize(8192L, null)), Refusal.CONFLICT);
        specs.put(List.of(SpecChanges.sealed(volumes.require("data"), 1)));
        assertRefused(() -> changes.resize("data", new NewSize(8192L, null)), Refusal.CONFLICT);
    }

    @Test
    void shouldMakeAChangeAnewWhereAnotherCoordinatorWasFirst() {
        specs.beforeNextPut(
                () -> specs.put(List.of(SpecChanges.grown(volumes.require("data"), 8192))));

        changes.set("data", new VolumeSettings("remote", null));

        assertThat(volumes.require("data").getSizeBytes()).isEqualTo(8192);
        assertThat(volumes.require("data").getDurability()).isEqualTo(Durability.REMOTE);
    }

    @Test
    void shouldCheckAChangeAgainWhereAnotherCoordinatorWasFirst() {
        specs.beforeNextPut(
                () -> specs.put(List.of(SpecChanges.grown(volumes.require("data"), 65536))));

        assertRefused(() -> changes.resize("data", new NewSize(8192L, null)), Refusal.CONFLICT);
        assertThat(volumes.require("data").getSizeBytes()).isEqualTo(65536);
    }

    @Test
    void shouldCreateAVolumeOnceWhereTwoCoordinatorsDo() {
        specs.beforeNextPut(() -> volumes.create(new NewVolume("new", 8192L, "b", null, null)));

        assertRefused(
                () -> volumes.create(new NewVolume("new", 4096L, "a", null, null)),
                Refusal.CONFLICT);
        assertThat(volumes.require("new").getOwner()).isEqualTo("b");
    }

    @Test
    void shouldThrottleAllVolumesOfAVm() {
        changes.throttle("shop", new NewThrottle(10_000L, null));

        for (String vvol : List.of("data", "wal")) {
            assertThat(volumes.require(vvol).getThrottleBytesPerSecond()).isEqualTo(10_000);
            assertThat(volumes.require(vvol).getThrottleWritesPerSecond()).isZero();
        }
        changes.throttle("shop", new NewThrottle(null, null));
        assertThat(volumes.require("wal").getThrottleBytesPerSecond()).isZero();
        assertRefused(() -> changes.throttle("shop", new NewThrottle(0L, null)), Refusal.INVALID);
        assertRefused(() -> changes.throttle("none", new NewThrottle(1L, 1L)), Refusal.NOT_FOUND);
    }

    private static void assertRefused(ThrowingCallable request, Refusal refusal) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(refusal));
    }
}
