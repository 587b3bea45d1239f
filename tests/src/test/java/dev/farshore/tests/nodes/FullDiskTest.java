package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.site.Sites;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A volume whose image is on a full disk, beside two that are well. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FullDiskTest {
    private static final String SICK = "full-disk";
    private static final long SICK_BYTES = 48L << 20;
    private static final long SIZE_BYTES = 96L << 20;
    private static final long JOURNAL_BYTES = 16L << 20;
    private static final int PARTITIONS = 8;
    private static final int OPERATIONS_PER_SECOND = 150;
    private static final Duration WINDOW = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Sites sites;

    @Test
    void shouldStopOnlyTheVolumeOnTheFullDiskAndCatchUpWhenThereIsSpace(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("FullDiskTest seed " + seed + " (-Dfarshore.seed)");
        try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), "8m")) {
            Path image = disk.folder().resolve("disk.img");
            try (Sites started = new Sites(folder, environment, "", List.of("fa"));
                    NodeProcess replica =
                            new NodeProcess(
                                    folder.resolve("fb"),
                                    "fb",
                                    "fb-1",
                                    environment,
                                    "images: {volumes: {%s: %s}}".formatted(SICK, image))) {
                sites = started;
                replica.start();
                check(disk, replica, seed);
            }
        }
    }

    private void check(Tmpfs disk, NodeProcess replica, long seed) throws Exception {
        int partition = create(SICK, SICK_BYTES).getPartition();
        List<String> healthy = new ArrayList<>();
        // One more than there are partitions: one shares that of the sick volume.
        VolumeSpec last = create("full-other", SIZE_BYTES);
        healthy.add(last.getVvol());
        for (int volume = 0; last.getPartition() != partition; volume++) {
            assertThat(volume).isLessThan(20 * PARTITIONS);
            last = create("full-" + volume, SIZE_BYTES);
        }
        healthy.add(last.getVvol());
        List<WriteRecord> records =
                healthy.stream()
                        .map(vvol -> new WriteRecord(vvol, 1 + healthy.indexOf(vvol), SIZE_BYTES))
                        .toList();
        for (String vvol : healthy) {
            awaitSite(vvol, "fa", VolumeReport.Image::open);
            awaitSite(vvol, "fb", VolumeReport.Image::open);
        }
        awaitSite(SICK, "fa", VolumeReport.Image::open);
        try (Workload workload = workload(records, seed)) {
            workload.start();
            Thread.sleep(Duration.ofSeconds(3));
            double before = appliedPerSecond(healthy);

            assertThat(
                            RealTools.run("qemu-io", "-f", "raw", "-c", "write -P 7 0 24M", sick())
                                    .status())
                    .isZero();
            awaitSite(
                    SICK,
                    "fb",
                    image ->
                            image.health().equals("FAULTED")
                                    && image.reason().contains("No space left on device"));
            double during = appliedPerSecond(healthy);
            System.out.printf(
                    "events of healthy volumes hardened a second: %.0f before, %.0f during%n",
                    before, during);
            assertThat(during).isGreaterThan(0.8 * before);
            assertThat(lag(SICK).health()).isEqualTo("FAULTED");
            assertThat(lag(SICK).reason()).contains("No space left on device");
            for (String vvol : healthy) {
                assertThat(lag(vvol).health()).isEqualTo("OK");
            }
            long hardenedSeq = image(SICK, "fb").hardenedSeq();

            disk.resize("96m");
            awaitSite(SICK, "fb", image -> image.health().equals("OK"));
            assertThat(hardenedSeq).as("where it went on").isPositive();
            assertThat(
                            RealTools.run("qemu-io", "-f", "raw", "-c", "write -P 8 20M 8M", sick())
                                    .status())
                    .isZero();
            workload.stop();
            assertThat(workload.differences()).as("read back, seed %d", seed).isEmpty();
        }
        long end = image(SICK, "fa").appliedSeq();
        awaitSite(SICK, "fb", image -> image.hardenedSeq() >= end);
        assertThat(Files.mismatch(sites.node("fa").image(SICK), replica.image(SICK)))
                .as("first byte that differs")
                .isEqualTo(-1);
        for (WriteRecord record : records) {
            long ends = image(record.vvol(), "fa").appliedSeq();
            awaitSite(record.vvol(), "fb", image -> image.hardenedSeq() >= ends);
            assertThat(
                            ImageVerifier.verify(
                                            record,
                                            java.util.Map.of(
                                                    "fa",
                                                    sites.node("fa").image(record.vvol()),
                                                    "fb",
                                                    replica.image(record.vvol())))
                                    .isFaultless())
                    .as("%s, seed %d", record.vvol(), seed)
                    .isTrue();
        }
    }

    private VolumeSpec create(String vvol, long sizeBytes) {
        return sites.coordinator()
                .volumes()
                .create(new NewVolume(vvol, sizeBytes, "fa", null, JOURNAL_BYTES));
    }

    private String sick() {
        return "nbd+unix:///%s?socket=%s".formatted(SICK, sites.node("fa").socket());
    }

    private double appliedPerSecond(List<String> vvols) throws InterruptedException {
        long startNanos = System.nanoTime();
        long startSeq = hardened(vvols);
        Thread.sleep(WINDOW);
        return (hardened(vvols) - startSeq) * 1e9 / (System.nanoTime() - startNanos);
    }

    private long hardened(List<String> vvols) {
        return vvols.stream().mapToLong(vvol -> image(vvol, "fb").hardenedSeq()).sum();
    }

    private LagReport lag(String vvol) {
        return sites
                .coordinator()
                .volumeReports()
                .lags(List.of(sites.coordinator().volumes().require(vvol)))
                .stream()
                .filter(lag -> lag.site().equals("fb"))
                .findFirst()
                .orElseThrow();
    }

    private void awaitSite(
            String vvol, String site, java.util.function.Predicate<VolumeReport.Image> condition) {
        await(vvol + " at " + site)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(
                        () ->
                                assertThat(sites.image(vvol, site))
                                        .hasValueSatisfying(
                                                image -> assertThat(image).matches(condition)));
    }

    private VolumeReport.Image image(String vvol, String site) {
        return sites.image(vvol, site).orElseThrow();
    }

    private Workload workload(List<WriteRecord> records, long seed) {
        return new Workload(
                records.stream()
                        .map(
                                record ->
                                        new Workload.Volume(
                                                record,
                                                new DatabaseSource(
                                                        record.markerOffset(),
                                                        seed + record.vvol().hashCode(),
                                                        OPERATIONS_PER_SECOND),
                                                4))
                        .toList(),
                sites,
                WorkloadTimeouts.DEFAULT);
    }
}
