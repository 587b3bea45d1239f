package dev.farshore.coordinator.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.coordinator.api.request.NewSize;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.coordinator.fake.InMemoryReports;
import dev.farshore.coordinator.fake.InMemorySpecs;
import dev.farshore.process.http.RefusedException;
import dev.farshore.process.http.RefusedException.Refusal;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.VolumeSpec;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class ImageLimitsTest {
    private static final long SECOND = 1_000_000;
    private static final long NOW = 3_600 * SECOND;
    private static final long EXT4_BYTES = (16L << 40) - 4096;
    private static final long LARGE_BYTES = 20L << 40;

    private final List<ClockReading> readings = new ArrayList<>();
    private final InMemorySpecs specs = new InMemorySpecs();
    private final ImageLimits limits =
            new ImageLimits(() -> readings, (site, node) -> skewOf(site, node), () -> NOW);
    private final VolumeService volumes =
            new VolumeService(
                    specs,
                    new Sites(Set.of("a", "b"), new InMemoryReports()),
                    4,
                    () -> NOW,
                    limits);
    private final VolumeChanges changes =
            new VolumeChanges(
                    specs,
                    new VmService(specs, new InMemoryReports(), vm -> false),
                    vm -> false,
                    limits);

    @Test
    void shouldRefuseAVolumeThatASiteCouldNotHold() {
        says("a-1", 1L << 62, NOW);
        says("b-1", EXT4_BYTES, NOW - 20 * SECOND);
        says("b-2", EXT4_BYTES / 2, NOW);

        assertRefused(() -> create(LARGE_BYTES));
        assertThat(specs.all()).isEmpty();
        assertThat(create(EXT4_BYTES).getSizeBytes()).isEqualTo(EXT4_BYTES);
    }

    @Test
    void shouldRefuseToGrowAVolumePastWhatASiteCanHold() {
        create(4096);
        says("b-1", EXT4_BYTES, NOW);

        assertRefused(() -> changes.resize("data", new NewSize(LARGE_BYTES, null)));
        assertThat(volumes.require("data").getSizeBytes()).isEqualTo(4096);
        changes.resize("data", new NewSize(EXT4_BYTES, null));
    }

    /** It is there already, and would be better off. */
    @Test
    void shouldLetAVolumeShrinkThatIsTooLarge() {
        create(2 * LARGE_BYTES);
        says("b-1", EXT4_BYTES, NOW);

        changes.resize("data", new NewSize(LARGE_BYTES, true));

        assertThat(volumes.require("data").getSizeBytes()).isEqualTo(LARGE_BYTES);
    }

    @Test
    void shouldTakeAVolumeThatOneNodeOfEachSiteMayHold() {
        says("b-1", EXT4_BYTES, NOW);
        says("b-2", LARGE_BYTES, NOW);

        assertThat(create(LARGE_BYTES).getSizeBytes()).isEqualTo(LARGE_BYTES);
    }

    @Test
    void shouldTakeAVolumeWhereANodeDoesNotTellItsLimit() {
        says("b-1", EXT4_BYTES, NOW);
        says("b-2", 0, NOW);

        assertThat(create(LARGE_BYTES).getSizeBytes()).isEqualTo(LARGE_BYTES);
    }

    @Test
    void shouldNotGoByNodesThatAreGone() {
        says("b-1", EXT4_BYTES, NOW - 60 * SECOND);
        says("b-2", EXT4_BYTES, NOW, Long.MAX_VALUE);

        assertThat(create(LARGE_BYTES).getSizeBytes()).isEqualTo(LARGE_BYTES);
    }

    private VolumeSpec create(long sizeBytes) {
        return volumes.create(new NewVolume("data", sizeBytes, "a", null, null));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.refusal()).isEqualTo(Refusal.CONFLICT))
                .hasMessageContaining("site 'b'")
                .hasMessageContaining("node 'b-1'")
                .hasMessageContaining(EXT4_BYTES + " bytes")
                .hasMessageContaining(LARGE_BYTES + " bytes");
    }

    private void says(String node, long maxImageBytes, long readMicros) {
        says(node, maxImageBytes, readMicros, 1);
    }

    private void says(String node, long maxImageBytes, long readMicros, long errorMicros) {
        readings.add(
                new ClockReading(
                        node.substring(0, 1),
                        node,
                        readMicros,
                        0L,
                        errorMicros,
                        List.of(),
                        "p",
                        "host",
                        "/data",
                        0L,
                        List.of(),
                        maxImageBytes,
                        "",
                        List.of(),
                        List.of(),
                        List.of()));
    }

    private Optional<Clocks.Skew> skewOf(String site, String node) {
        return readings.stream()
                .filter(each -> each.getSite().equals(site) && each.getNode().equals(node))
                .findFirst()
                .filter(each -> each.getErrorMicros() != Long.MAX_VALUE)
                .map(each -> new Clocks.Skew(0, 0, each.getReadMicros()));
    }
}
