package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewImport;
import dev.farshore.coordinator.api.request.NewReseed;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.process.http.RefusedException.Refusal;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

class SeedServiceTest {
    private static final NewImport DISK = new NewImport("/disks/old.img", null, 1_000_000L);

    private final InMemorySpecs specs = new InMemorySpecs();
    private final InMemoryReports images = new InMemoryReports();
    private final VolumeService volumes =
            new VolumeService(specs, new Sites(Set.of("a", "b"), images), 4, () -> 50);
    private final Set<String> moving = new HashSet<>();
    private final SeedService seeds = new SeedService(specs, images, moving::contains, () -> 100);

    @Test
    void shouldAskForAnImportAndSeeItsEnd() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
        VolumeSpec spec = seeds.importInto("data", DISK);

        assertThat(spec.getSeedId()).isEqualTo(100);
        assertThat(spec.getImportPath()).isEqualTo("/disks/old.img");
        assertThat(spec.getImportFormat()).isEqualTo("raw");
        assertThat(spec.getSeedBytesPerSecond()).isEqualTo(1_000_000);
        assertRefused(() -> seeds.importInto("data", DISK), Refusal.CONFLICT);
        assertRefused(() -> seeds.reseed("data", new NewReseed(null)), Refusal.CONFLICT);

        report(Health.SEEDING, 100, false);
        assertThat(SeedService.isImporting(spec, images.find("data", "a"))).isTrue();
        assertRefused(() -> seeds.cancelImport("data"), Refusal.CONFLICT);

        report(Health.OK, 100, true);
        assertThat(SeedService.isImporting(spec, images.find("data", "a"))).isFalse();
        assertThat(seeds.reseed("data", new NewReseed(null)).getSeedId())
                .as("higher than any before")
                .isEqualTo(101);
        assertThat(volumes.require("data").getImportPath()).isEmpty();
    }

    @Test
    void shouldSeedNothingOfAVmThatIsMoving() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
        specs.put(List.of(SpecChanges.joined(volumes.require("data"), "shop")));
        moving.add("shop");

        assertRefused(() -> seeds.importInto("data", DISK), Refusal.CONFLICT);
        assertRefused(() -> seeds.reseed("data", new NewReseed(null)), Refusal.CONFLICT);
        moving.clear();
        assertThat(seeds.reseed("data", new NewReseed(null)).getSeedId()).isEqualTo(100);
    }

    @Test
    void shouldCreateAVolumeThatIsADiskFromTheFirstMomentOn() {
        VolumeSpec spec = volumes.create(new NewVolume("data", 4096L, "a", null, null, null, DISK));
        assertThat(spec.getSeedId()).isEqualTo(50);
        assertThat(spec.getImportPath()).isEqualTo("/disks/old.img");
    }

    @Test
    void shouldTakeAnImportBackThatHasNotBegun() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null, null, DISK));
        VolumeSpec spec = seeds.cancelImport("data");
        assertThat(spec.getImportPath()).isEmpty();
        assertThat(spec.getSeedId()).isZero();
        assertRefused(() -> seeds.cancelImport("data"), Refusal.CONFLICT);
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        volumes.create(new NewVolume("data", 4096L, "a", null, null));
        assertRefused(() -> seeds.importInto("none", DISK), Refusal.NOT_FOUND);
        assertRefused(
                () -> seeds.importInto("data", new NewImport("old.img", null, null)),
                Refusal.INVALID);
        assertRefused(
                () -> seeds.importInto("data", new NewImport("/old.img", "vmdk", null)),
                Refusal.INVALID);
        assertRefused(
                () -> seeds.importInto("data", new NewImport("/old.img", null, 0L)),
                Refusal.INVALID);
        images.put(InMemoryReports.report("data", "a", 1, true, "a", 7));
        assertRefused(() -> seeds.importInto("data", DISK), Refusal.CONFLICT);
    }

    private void report(Health health, long seedId, boolean isFinished) {
        Progress image = InMemoryReports.report("data", "a", 1, true, "a", 9);
        images.put(InMemoryReports.with(image, health, "", seedId, isFinished));
    }

    private static void assertRefused(ThrowingCallable request, Refusal refusal) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(refusal));
    }
}
