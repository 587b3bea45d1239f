package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.process.http.RefusedException.Refusal;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class VolumeDeletionTest {
    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports reports = new InMemoryReports();
    private final Set<String> moving = new HashSet<>();
    private final VolumeService volumes =
            new VolumeService(specs, new Sites(Set.of("a", "b"), reports), 4, () -> 1);
    private final VmService vms = new VmService(specs, reports, moving::contains);
    private final OwnerEpochFollower sealedAtHome =
            new OwnerEpochFollower(specs, vms, reports, moving::contains);
    private final VolumeDeletion deletion =
            new VolumeDeletion(specs, vms, reports, moving::contains, () -> 50);

    @BeforeEach
    void create() {
        volumes.create(new NewVolume("log", 4096L, "a", null, null));
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
    }

    @Test
    void shouldDeleteOnlyWhatIsSaidTwice() {
        assertRefused(Refusal.INVALID, "for good", () -> deletion.delete("data", null));
        assertRefused(Refusal.INVALID, "for good", () -> deletion.delete("data", "log"));
        assertRefused(Refusal.NOT_FOUND, "no volume", () -> deletion.delete("no", "no"));
        assertThat(volumes.all()).hasSize(2);

        deletion.delete("data", "data");

        assertThat(volumes.all()).extracting(VolumeSpec::getVvol).containsExactly("log");
        assertRefused(Refusal.NOT_FOUND, "no volume", () -> volumes.require("data"));
        VolumeSpec told = specs.findDeleted("data").orElseThrow();
        assertThat(told.getPhase()).isEqualTo(Phase.DELETED);
        assertThat(told.getEpoch()).isEqualTo(1);
        assertThat(told.getSeedId()).isEqualTo(50);
    }

    @Test
    void shouldNotDeleteWhileAClientIsConnectedOrMayBe() {
        Progress image = InMemoryReports.report("data", "a", 1, true, "a", 7);
        reports.put(InMemoryReports.with(image, Map.of("clients", 2)));
        assertRefused(
                Refusal.CONFLICT, "2 clients at node a-1", () -> deletion.delete("data", "data"));

        reports.put(InMemoryReports.with(image, Map.of("clients", -1)));
        assertRefused(Refusal.CONFLICT, "earlier version", () -> deletion.delete("data", "data"));

        reports.put(image);
        deletion.delete("data", "data");
    }

    @Test
    void shouldNotDeleteADiskOfAVm() {
        vms.create(new NewVm("shop", List.<@Nullable String>of("data", "log")));
        assertRefused(Refusal.CONFLICT, "VM 'shop'", () -> deletion.delete("data", "data"));
        moving.add("shop");
        assertRefused(Refusal.CONFLICT, "being migrated", () -> deletion.deleteVm("shop"));
        moving.clear();
        assertRefused(Refusal.NOT_FOUND, "no VM", () -> deletion.deleteVm("till"));

        assertThat(deletion.deleteVm("shop")).extracting(VolumeSpec::getVm).containsOnly("");

        assertThat(vms.all()).isEmpty();
        assertThat(volumes.all()).hasSize(2);
        deletion.delete("data", "data");
        vms.create(new NewVm("shop", List.<@Nullable String>of("log")));
    }

    @Test
    void shouldGiveTheNameOutAgainOnceTheOwnerHasDeletedTheVolume() {
        int partition = volumes.require("data").getPartition();
        deletion.delete("data", "data");
        assertRefused(Refusal.CONFLICT, "still being deleted", this::createAgain);
        reports.put(InMemoryReports.report("data", "a", 1, false, "a", 8));
        assertRefused(Refusal.CONFLICT, "still being deleted", this::createAgain);
        reports.put(deleted("a", 1, true));
        assertRefused(Refusal.CONFLICT, "still being deleted", this::createAgain);
        reports.put(deleted("b", 1, false));
        reports.put(InMemoryReports.report("data", "a", 1, false, "a", 8));
        assertRefused(Refusal.CONFLICT, "still being deleted", this::createAgain);

        reports.put(deleted("a", 1, false));
        assertRefused(
                Refusal.CONFLICT,
                "import into one of a new name",
                () ->
                        volumes.create(
                                new NewVolume(
                                        "data",
                                        4096L,
                                        "a",
                                        null,
                                        null,
                                        null,
                                        new NewImport("/d", null, null))));
        createAgain();

        VolumeSpec again = volumes.require("data");
        assertThat(again.getPartition()).isEqualTo(partition);
        assertThat(again.getEpoch()).isEqualTo(2);
        assertThat(again.getOwner()).isEqualTo("b");
        assertThat(again.getSizeBytes()).isEqualTo(8192);
        assertThat(again.getSeedId()).as("no seed is asked for").isEqualTo(50);
    }

    @Test
    void shouldGiveAnotherEpochToDeleteInWhereOneEndedOtherwise() {
        deletion.delete("data", "data");
        reportSealed(InMemoryReports.report("data", "a", 1, false, "a", 8));

        VolumeSpec next = specs.findDeleted("data").orElseThrow();
        assertThat(next.getEpoch()).isEqualTo(2);
        assertThat(next.getPhase()).isEqualTo(Phase.DELETED);

        reportSealed(deleted("a", 2, false));
        assertThat(specs.findDeleted("data").orElseThrow().getEpoch()).isEqualTo(2);
        createAgain();
        assertThat(volumes.require("data").getEpoch()).isEqualTo(3);
    }

    @Test
    void shouldLetTheOperatorGiveAnotherEpochToDeleteIn() {
        deletion.delete("data", "data");

        VolumeSpec next = vms.reopen("data");

        assertThat(next.getEpoch()).isEqualTo(2);
        assertThat(next.getPhase()).isEqualTo(Phase.DELETED);
    }

    private void reportSealed(Progress image) {
        reports.put(image);
        sealedAtHome.reported(image);
        sealedAtHome.follow();
    }

    private static Progress deleted(String site, int epoch, boolean isOpen) {
        return InMemoryReports.with(
                InMemoryReports.report("data", site, epoch, isOpen, "a", 12),
                Health.OK,
                "",
                50,
                true);
    }

    private void createAgain() {
        volumes.create(new NewVolume("data", 8192L, "b", null, null));
    }

    private static void assertRefused(Refusal refusal, String detail, ThrowingCallable asked) {
        assertThatThrownBy(asked)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> {
                            assertThat(e.refusal()).isEqualTo(refusal);
                            assertThat(e.detail()).contains(detail);
                        });
    }
}
