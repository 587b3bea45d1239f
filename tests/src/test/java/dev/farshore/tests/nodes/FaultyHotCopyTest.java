package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.schemas.event.VolumeSpec;
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

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Two nodes of a site; the disk of the hot copy is full when it has to take over. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FaultyHotCopyTest {
    private static final String SITE = "hc";
    private static final String VVOL = "hot-copy";
    private static final long SIZE_BYTES = 48L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private Sites sites;

    @Test
    void shouldGiveAVolumeBackToItsHealthyCopyAndTellOfTheFaultyOneBefore(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), "8m");
                Sites started = new Sites(folder, environment, SITE);
                NodeProcess standby =
                        new NodeProcess(
                                folder.resolve("second"),
                                SITE,
                                SITE + "-2",
                                environment,
                                "images: {volumes: {%s: %s}}"
                                        .formatted(VVOL, disk.folder().resolve("disk.img")))) {
            sites = started;
            NodeProcess first = sites.node(SITE);
            sites.coordinator()
                    .volumes()
                    .create(new NewVolume(VVOL, SIZE_BYTES, SITE, null, 64L << 20));
            awaitServedBy(first);
            standby.start();
            assertThat(write(first, "write -P 7 0 24M")).isZero();
            await("the hot copy is told of")
                    .atMost(PATIENCE)
                    .until(
                            this::faultyCopies,
                            copies ->
                                    copies.stream()
                                            .anyMatch(
                                                    copy ->
                                                            copy.node().equals(standby.name())
                                                                    && !copy.active()
                                                                    && copy.reason()
                                                                            .contains("No space")));

            first.kill();
            await("the faulty copy answers, as there is no other")
                    .atMost(PATIENCE)
                    .until(() -> image().node().equals(standby.name()));
            first.start();
            long startedNanos = System.nanoTime();
            awaitServedBy(first);
            assertThat(write(first, "write -P 8 20M 8M")).isZero();
            System.out.printf(
                    "FaultyHotCopyTest: served by the healthy copy %.1f s after its node was back%n",
                    (System.nanoTime() - startedNanos) / 1e9);
        }
    }

    private int write(NodeProcess node, String command) throws Exception {
        String uri = "nbd+unix:///%s?socket=%s".formatted(VVOL, node.socket());
        return RealTools.run("qemu-io", "-f", "raw", "-c", command, "-c", "flush", uri).status();
    }

    private void awaitServedBy(NodeProcess node) {
        await(VVOL + " served by " + node.name())
                .atMost(PATIENCE)
                .until(
                        () ->
                                report().images().stream()
                                        .anyMatch(
                                                image ->
                                                        image.node().equals(node.name())
                                                                && image.open()
                                                                && image.notServed().isEmpty()));
    }

    private List<VolumeReport.FaultyCopy> faultyCopies() {
        return report().faultyCopies();
    }

    private VolumeReport.Image image() {
        return report().images().getFirst();
    }

    private VolumeReport report() {
        VolumeSpec spec = sites.coordinator().volumes().require(VVOL);
        return sites.coordinator().volumeReports().of(spec);
    }
}
