package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.VolumeSettings;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
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

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Volumes that are written at a site of two nodes: found, placed, killed and continued. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OwnerNodesTest {
    private static final long SIZE_BYTES = 96L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String SETTINGS = "streams: {sessionTimeout: 4s}";
    private static final List<String> VVOLS = List.of("own-data", "own-log");

    private Sites sites;

    @Test
    void shouldKeepAVmOnOneNodeAndLoseNothingWhenItGoesToAnother(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("OwnerNodesTest seed " + seed + " (-Dfarshore.seed)");
        List<WriteRecord> records =
                List.of(
                        new WriteRecord(VVOLS.get(0), 1, SIZE_BYTES),
                        new WriteRecord(VVOLS.get(1), 2, SIZE_BYTES));
        try (Sites started = new Sites(folder, environment, SETTINGS, List.of("oa"));
                NodeProcess second =
                        new NodeProcess(
                                folder.resolve("oa-2"), "oa", "oa-2", environment, SETTINGS)) {
            sites = started;
            second.start();
            Map<String, NodeProcess> nodes = Map.of("oa-1", sites.node("oa"), "oa-2", second);
            VVOLS.forEach(vvol -> sites.createVolume(vvol, SIZE_BYTES, "oa"));
            sites.createVm("own", VVOLS.toArray(String[]::new));
            awaitServed("volumes of one VM on one node", image -> true);

            try (Workload workload = workload(records, sites, seed)) {
                workload.start();
                String first = keeper();
                String other = first.equals("oa-1") ? "oa-2" : "oa-1";
                assertThatTheWrongNodeNamesTheRightOne(nodes.get(other), first);

                sites.coordinator()
                        .changes()
                        .set(VVOLS.getFirst(), new VolumeSettings(null, null, other, null));
                awaitServed("placed at " + other, image -> image.node().equals(other));
                Thread.sleep(Duration.ofSeconds(1));
                workload.checkHealth();
                assertThatTheWrongNodeNamesTheRightOne(nodes.get(first), other);

                nodes.get(other).kill();
                awaitReport(
                        "it is said what is missing after kill -9 of " + other,
                        image ->
                                image.notServed().contains("is at node " + other)
                                        && image.notServed().contains("farshore volume reopen"));
                nodes.get(other).start();
                awaitServed("going on after the node is back", image -> true);
                sites.coordinator()
                        .changes()
                        .set(VVOLS.getFirst(), new VolumeSettings(null, null, "", null));
                Thread.sleep(Duration.ofSeconds(2));
                workload.checkHealth();

                // What was placed before may still have been on its way back.
                awaitServed("at rest before the pause", image -> true);
                NodeProcess paused = nodes.get(image(VVOLS.getFirst()).epochNode());
                paused.pause();
                awaitReport(
                        "it is said what is missing while " + paused.name() + " is paused",
                        image -> image.notServed().contains("is at node " + paused.name()));
                paused.resume();
                awaitServed(
                        "going on at the other node after the pause",
                        image -> !image.node().equals(paused.name()));
                Thread.sleep(Duration.ofSeconds(2));
                workload.stop();
                assertThat(workload.differences()).as("read back, seed %d", seed).isEmpty();
            }
            for (WriteRecord record : records) {
                sites.awaitHardened(record.vvol());
                ImageVerification images =
                        ImageVerifier.verify(
                                record, Map.of("oa", nodes.get(keeper()).image(record.vvol())));
                assertThat(images.isFaultless()).as("%s, seed %d", images, seed).isTrue();
            }
        }
    }

    /** The image is made there first, from the log, while the volume is written where it was. */
    @Test
    void shouldPlaceAVolumeAtANodeThatHasNoCopy(KafkaEnvironment environment, @TempDir Path folder)
            throws Exception {
        String settings = "streams: {sessionTimeout: 4s, standbyReplicas: 0}";
        try (Sites started = new Sites(folder, environment, settings, List.of("oc"));
                NodeProcess second =
                        new NodeProcess(
                                folder.resolve("oc-2"), "oc", "oc-2", environment, settings)) {
            sites = started;
            second.start();
            sites.createVolume("cold-disk", SIZE_BYTES, "oc");
            sites.awaitHardened("cold-disk");
            String before = image("cold-disk").node();
            String after = before.equals("oc-1") ? "oc-2" : "oc-1";
            NodeProcess writer = before.equals("oc-1") ? sites.node("oc") : second;
            String write = "write -P 7 0 64M";
            RealTools.Result wrote =
                    RealTools.run(
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            write,
                            "nbd+unix:///cold-disk?socket=" + writer.socket());
            assertThat(wrote.status()).as(wrote.output()).isZero();

            long beganNanos = System.nanoTime();
            sites.coordinator()
                    .changes()
                    .set("cold-disk", new VolumeSettings(null, null, after, null));
            await().atMost(PATIENCE)
                    .until(
                            () -> {
                                VolumeReport.Image image = image("cold-disk");
                                return image.node().equals(after)
                                        && image.epochNode().equals(after)
                                        && image.open()
                                        && image.notServed().isEmpty();
                            });
            System.out.printf(
                    "a volume of 64 MiB was written at a node that had no copy %.1f s after it was placed there%n",
                    (System.nanoTime() - beganNanos) / 1e9);
            RealTools.Result read =
                    RealTools.run(
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            write.replace("write", "read"),
                            image("cold-disk").endpoint());
            assertThat(read.status()).as(read.output()).isZero();
        }
    }

    private void assertThatTheWrongNodeNamesTheRightOne(NodeProcess wrong, String right)
            throws Exception {
        String endpoint = image(VVOLS.getFirst()).endpoint();
        String socket = "socket=" + wrong.socket();
        RealTools.Result info = RealTools.run("qemu-img", "info", "nbd+unix:///own-data?" + socket);
        System.out.print("a client of the wrong node is told: " + info.output());
        assertThat(info.status()).isNotZero();
        assertThat(info.output()).contains("connect to node " + right + " at " + endpoint);
        // libnbd keeps the text to itself.
        assertThat(RealTools.run("nbdinfo", "nbd+unix:///own-data?" + socket).status()).isNotZero();
        assertThat(
                        RealTools.run("nbdinfo", "nbd://" + endpoint.substring("nbd://".length()))
                                .status())
                .as("the endpoint named")
                .isZero();
    }

    /** All volumes open at one node, in the epoch that is wanted. */
    private void awaitServed(String what, Predicate<VolumeReport.Image> condition) {
        awaitReport(
                what,
                image ->
                        image.open()
                                && image.notServed().isEmpty()
                                && image.node().equals(image.epochNode())
                                && image.node().equals(keeper())
                                && condition.test(image));
    }

    private void awaitReport(String what, Predicate<VolumeReport.Image> condition) {
        long startNanos = System.nanoTime();
        await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(
                        () ->
                                assertThat(VVOLS)
                                        .allSatisfy(
                                                vvol ->
                                                        assertThat(image(vvol))
                                                                .matches(condition)));
        System.out.printf("%s: after %d ms%n", what, (System.nanoTime() - startNanos) / 1_000_000);
    }

    private String keeper() {
        return image(VVOLS.getFirst()).node();
    }

    private VolumeReport.Image image(String vvol) {
        String site = sites.coordinator().volumes().require(vvol).getOwner();
        return sites.image(vvol, site).orElseThrow();
    }

    private static Workload workload(List<WriteRecord> records, Sites sites, long seed) {
        return new Workload(
                records.stream()
                        .map(
                                record ->
                                        new Workload.Volume(
                                                record,
                                                new DatabaseSource(
                                                        record.markerOffset(),
                                                        seed + record.vvol().hashCode(),
                                                        100),
                                                4))
                        .toList(),
                sites,
                WorkloadTimeouts.DEFAULT);
    }
}
