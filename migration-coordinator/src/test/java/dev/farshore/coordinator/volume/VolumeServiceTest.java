package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.process.http.RefusedException.Refusal;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

class VolumeServiceTest {
    private static final int PARTITIONS = 4;

    private final InMemorySpecs specs = new InMemorySpecs();
    private final VolumeService volumes =
            new VolumeService(
                    specs,
                    new Sites(Set.of("a", "b"), new InMemoryReports()),
                    PARTITIONS,
                    () -> 1_000_000);
    private final VmService vms = new VmService(specs, new InMemoryReports(), "moving"::equals);

    @Test
    void shouldAskForAnOpenFirstEpochAtTheOwner() {
        VolumeSpec spec = volumes.create(new NewVolume("data", 1_024L, "a", null, null));

        assertThat(spec.getOwner()).isEqualTo("a");
        assertThat(spec.getEpoch()).isEqualTo(1);
        assertThat(spec.getPhase()).isEqualTo(Phase.OPEN);
        assertThat(spec.getDurability()).isEqualTo(Durability.LOG);
        assertThat(specs.find("data")).hasValue(spec);
    }

    @Test
    void shouldReopenAVolumeInANewEpochAtItsOwnerUnlessItMoves() {
        create("data", "a");
        create("disk", "a");
        vms.create(new NewVm("still", List.<@Nullable String>of("data")));
        vms.create(new NewVm("other", List.<@Nullable String>of("disk")));
        specs.put(List.of(SpecChanges.sealed(volumes.require("disk"), 1)));

        assertThat(vms.reopen("data").getEpoch()).isEqualTo(2);
        assertThat(volumes.require("data").getOwner()).isEqualTo("a");
        assertThatThrownBy(() -> vms.reopen("disk")).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> vms.reopen("none")).isInstanceOf(RefusedException.class);
    }

    @Test
    void shouldShareAPartitionOnlyOnceAllAreInUse() {
        Set<Integer> used = new TreeSet<>();
        for (int i = 0; i < PARTITIONS; i++) {
            used.add(create("v" + i, "a").getPartition());
        }

        assertThat(used).hasSize(PARTITIONS);
        assertThat(create("one-more", "a").getPartition()).isZero();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(longs = {0, -512, 1, 511, 513, Long.MAX_VALUE})
    void shouldRefuseASizeThatIsNoPositiveMultipleOf512(@Nullable Long sizeBytes) {
        assertRefused(
                () -> volumes.create(new NewVolume("data", sizeBytes, "a", null, null)),
                Refusal.INVALID,
                "sizeBytes");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "-data", "Data", "a b", "../etc", "a@b", "ä", "a/b"})
    void shouldRefuseANameThatIsNotSafe(@Nullable String name) {
        assertRefused(
                () -> volumes.create(new NewVolume(name, 512L, "a", null, null)),
                Refusal.INVALID,
                "name");
    }

    @Test
    void shouldTakeTheLongestNameAndNoLonger() {
        create("x".repeat(63), "a");

        assertRefused(
                () -> volumes.create(new NewVolume("x".repeat(64), 512L, "a", null, null)),
                Refusal.INVALID,
                "name");
    }

    @Test
    void shouldRefuseAnUnknownSiteDurabilityAndATinyOrHugeJournal() {
        assertRefused(
                () -> volumes.create(new NewVolume("data", 512L, "mars", null, null)),
                Refusal.INVALID,
                "site");
        assertRefused(
                () -> volumes.create(new NewVolume("data", 512L, "a", "unknown", null)),
                Refusal.INVALID,
                "durability");
        assertRefused(
                () -> volumes.create(new NewVolume("data", 512L, "a", null, 4_096L)),
                Refusal.INVALID,
                "journalBytes");
        assertRefused(
                () -> volumes.create(new NewVolume("data", 512L, "a", null, 1L << 40)),
                Refusal.INVALID,
                "journalBytes");
    }

    @Test
    void shouldNotChangeAVolumeByCreatingItAgain() {
        VolumeSpec first = create("data", "a");

        assertThatThrownBy(() -> volumes.create(new NewVolume("data", 4_096L, "b", null, null)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("exists already");
        assertThat(specs.find("data")).hasValue(first);
    }

    @Test
    void shouldMakeAVmOfVolumesOfOneOwner() {
        create("data", "a");
        create("root", "a");

        Vm vm = vms.create(new NewVm("shop", List.of("root", "data")));

        assertThat(vm.owner()).isEqualTo("a");
        assertThat(vm.volumes()).extracting(VolumeSpec::getVvol).containsExactly("data", "root");
        assertThat(vms.all()).containsExactly(vm);
    }

    @Test
    void shouldRefuseAVmOfVolumesOfTwoOwners() {
        create("data", "a");
        create("root", "b");

        assertRefused(
                () -> vms.create(new NewVm("shop", List.of("data", "root"))),
                Refusal.INVALID,
                "volumes");
        assertThat(specs.all()).allMatch(spec -> spec.getVm().isEmpty());
    }

    @Test
    void shouldRefuseAVolumeThatIsUnknownNamedTwiceOrTaken() {
        create("data", "a");
        create("root", "a");
        vms.create(new NewVm("shop", List.of("data")));

        assertRefused(
                () -> vms.create(new NewVm("till", List.of("ghost"))), Refusal.INVALID, "volumes");
        assertRefused(
                () -> vms.create(new NewVm("till", List.of("root", "root"))),
                Refusal.INVALID,
                "volumes");
        assertRefused(() -> vms.create(new NewVm("till", List.of())), Refusal.INVALID, "volumes");
        assertThatThrownBy(() -> vms.create(new NewVm("till", List.of("root", "data"))))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("belongs to VM 'shop'");
        assertThat(vms.all()).extracting(Vm::name).containsExactly("shop");
    }

    @Test
    void shouldRefuseAVmThatExists() {
        create("data", "a");
        vms.create(new NewVm("shop", List.of("data")));

        assertThatThrownBy(() -> vms.create(new NewVm("shop", List.of("data"))))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("exists already");
    }

    @Test
    void shouldCompleteACreationThatWasInterrupted() {
        VolumeSpec data = create("data", "a");
        create("root", "a");
        specs.put(List.of(SpecChanges.joined(data, "shop")));

        Vm vm = vms.create(new NewVm("shop", List.of("data", "root")));

        assertThat(vm.volumes()).hasSize(2);
    }

    @Test
    void shouldAddNoVolumeToAVmThatIsMoving() {
        VolumeSpec data = create("data", "a");
        create("root", "a");
        specs.put(List.of(SpecChanges.joined(data, "moving")));

        assertThatThrownBy(() -> vms.create(new NewVm("moving", List.of("data", "root"))))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("is being migrated");
    }

    private VolumeSpec create(String name, String site) {
        return volumes.create(new NewVolume(name, 1L << 20, site, null, null));
    }

    private void assertRefused(ThrowingCallable call, Refusal refusal, String field) {
        int before = specs.all().size();
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> {
                            assertThat(e.refusal()).isEqualTo(refusal);
                            assertThat(e.field()).hasValue(field);
                        });
        assertThat(specs.all()).hasSize(before);
    }
}
