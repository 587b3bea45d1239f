package dev.farshore.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.crash.TopicsAudit;
import dev.farshore.tests.fixture.Broker;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.site.NodeProcess;
import dev.farshore.tests.support.FreePorts;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A VM is handed over again and again between two sites while brokers, nodes and coordinators are
 * killed and paused at random moments of it: nothing is lost, no read is stale, and no guest waits
 * longer than {@link GuestWait} derives.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ThreeBrokersTest {
    private static final int HAND_OVERS = Integer.getInteger("farshore.handovers", 6);
    private static final long SIZE_BYTES = 128L << 20;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final List<String> VVOLS = List.of("tb-data", "tb-log");
    private static final String VM = "tb";

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final SequencedMap<String, NodeProcess> nodes = new TreeMap<>();

    @TempDir private Path folder;

    @Test
    void shouldLoseNothingWhateverFailsDuringHandOvers() throws Exception {
        System.out.printf(
                "ThreeBrokersTest: %d hand-overs (-Dfarshore.handovers), -Dfarshore.seed=%d%n",
                HAND_OVERS, seed);
        List<WriteRecord> records =
                VVOLS.stream().map(vvol -> new WriteRecord(vvol, 1, SIZE_BYTES)).toList();
        try (KafkaEnvironment cluster =
                        KafkaEnvironment.start(
                                new KafkaEnvironment.Setup(folder.resolve("cluster"), 3, true));
                CoordinatorPair coordinators =
                        new CoordinatorPair(
                                folder, cluster, FreePorts.find(2), List.of("ta", "tb"))) {
            try {
                startNodes(cluster);
                for (String vvol : VVOLS) {
                    create(coordinators, vvol);
                }
                coordinators.api().post("vms", new NewVm(VM, List.copyOf(VVOLS)), VmReport.class);
                try (Workload workload = workload(records, coordinators)) {
                    workload.start();
                    for (int round = 1; round <= HAND_OVERS; round++) {
                        handOver(round, cluster.brokers(), coordinators, workload);
                    }
                    workload.stop();
                    assertThat(workload.differences()).as("stale reads, seed %d", seed).isEmpty();
                    System.out.printf(
                            "ThreeBrokersTest: %d writes, %d flushes, %d connections%n",
                            workload.snapshot().writes(),
                            workload.snapshot().flushes(),
                            workload.snapshot().connections());
                }
                awaitHardened(coordinators);
                assertThatTheLogHasOneWriterAtATime(cluster, coordinators);
                for (WriteRecord record : records) {
                    ImageVerification images = ImageVerifier.verify(record, images(record.vvol()));
                    assertThat(images.isFaultless()).as("%s, seed %d", images, seed).isTrue();
                }
            } finally {
                nodes.values().forEach(NodeProcess::close);
            }
        }
    }

    /**
     * Every event there is either counts, in one line of seqs and hashes, or was fenced: nobody
     * wrote beside the owner with success, as nothing that was acknowledged is missing.
     */
    private void assertThatTheLogHasOneWriterAtATime(
            KafkaEnvironment cluster, CoordinatorPair coordinators) throws Exception {
        try (RegistryConnection registry = RegistryConnection.open(cluster.registryUrl(), LIMIT)) {
            for (String vvol : VVOLS) {
                TopicsAudit topics =
                        new TopicsAudit(
                                cluster.bootstrapServers(),
                                vvol,
                                coordinators.api().volume(vvol).partition(),
                                registry.serdes().writeEventCodec(),
                                registry.serdes().writeHeaderCodec());
                TopicsAudit.Findings found =
                        await("headers of %s, seed %d".formatted(vvol, seed))
                                .atMost(LIMIT)
                                .until(
                                        topics::findings,
                                        findings -> findings.headers().equals(findings.writes()));
                assertThat(found.writes().seq())
                        .as("no event behind a hole in %s, seed %d", vvol, seed)
                        .isEqualTo(found.newestSeq());
                System.out.printf("ThreeBrokersTest: %s: %s%n", vvol, found);
            }
        }
    }

    private void handOver(
            int round, List<Broker> brokers, CoordinatorPair coordinators, Workload workload)
            throws Exception {
        Thread.sleep(random.nextInt(500, 1500));
        workload.checkHealth();
        String source = coordinators.api().volume(VVOLS.getFirst()).owner();
        String target = source.equals("ta") ? "tb" : "ta";
        List<Fault> faults = Fault.possibleWith(brokers);
        Fault fault = faults.get(random.nextInt(faults.size()));
        int delayMillis = random.nextInt(0, 600);
        System.out.printf(
                "round %d: %s to %s, %s after %d ms%n", round, source, target, fault, delayMillis);

        long startNanos = System.nanoTime();
        MigrationReport started =
                coordinators
                        .api()
                        .post(
                                "vms/" + VM + "/migrations",
                                new NewMigration(target, null),
                                MigrationReport.class);
        Thread.sleep(delayMillis);
        Duration lasted = fault.happen(random, brokers, nodes, source, target, coordinators);
        MigrationReport over =
                await("round %d, seed %d".formatted(round, seed))
                        .atMost(LIMIT)
                        .pollInterval(Duration.ofMillis(100))
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(
                                () ->
                                        coordinators
                                                .api()
                                                .get(
                                                        "migrations/" + started.id(),
                                                        MigrationReport.class),
                                MigrationReport::over);
        awaitServed(coordinators, workload);
        long waitedNs = workload.longestStallNs(startNanos, System.nanoTime());
        Duration bound = GuestWait.bound(fault, lasted);
        System.out.printf(
                "round %d: %s%s, the fault lasted %d ms, the guest waited %d ms (bound %d ms),"
                        + " told as %s ms%n",
                round,
                over.step(),
                over.reason().isEmpty() ? "" : " (" + over.reason() + ")",
                lasted.toMillis(),
                waitedNs / 1_000_000,
                bound.toMillis(),
                over.downtimeMillis());
        assertThat(Duration.ofNanos(waitedNs))
                .as("wait of the guest in round %d (%s), seed %d", round, fault, seed)
                .isLessThan(bound);
    }

    /** Writes are answered again at both volumes. */
    private void awaitServed(CoordinatorPair coordinators, Workload workload) {
        await("served again, seed %d".formatted(seed))
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(
                        () -> {
                            workload.checkHealth();
                            for (String vvol : VVOLS) {
                                VolumeReport volume = coordinators.api().volume(vvol);
                                assertThat(volume.images())
                                        .as(vvol)
                                        .anyMatch(
                                                image ->
                                                        image.site().equals(volume.owner())
                                                                && image.open()
                                                                && image.notServed().isEmpty());
                            }
                        });
        long before = workload.snapshot().writes();
        await("writes go on, seed %d".formatted(seed))
                .atMost(LIMIT)
                .until(() -> workload.snapshot().writes() > before + 50);
    }

    private void startNodes(KafkaEnvironment cluster) throws IOException {
        for (String site : List.of("ta", "tb")) {
            NodeProcess node =
                    new NodeProcess(
                            folder.resolve(site),
                            site,
                            site + "-1",
                            cluster.bootstrapServers(),
                            cluster.registryUrl(),
                            "");
            nodes.put(site, node);
        }
        NodeProcess.startAll(nodes.values());
    }

    private static void create(CoordinatorPair coordinators, String vvol) throws IOException {
        coordinators
                .api()
                .post(
                        "volumes",
                        new NewVolume(vvol, SIZE_BYTES, "ta", null, 16L << 20),
                        VolumeReport.class);
        await(vvol + " served")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> coordinators.api().locate(vvol) != null);
    }

    private static void awaitHardened(CoordinatorPair coordinators) {
        await("hardened everywhere")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () ->
                                List.of(coordinators.api().get("lag", LagReport[].class)).stream()
                                        .allMatch(lag -> lag.events() == 0));
    }

    private Map<String, Path> images(String vvol) {
        Map<String, Path> images = new TreeMap<>();
        nodes.forEach((site, node) -> images.put(site, node.image(vvol)));
        return images;
    }

    private Workload workload(List<WriteRecord> records, CoordinatorPair coordinators) {
        return new Workload(
                records.stream()
                        .map(
                                record ->
                                        new Workload.Volume(
                                                record,
                                                new DatabaseSource(
                                                        record.markerOffset(),
                                                        seed + record.vvol().hashCode(),
                                                        200),
                                                4))
                        .toList(),
                coordinators.api(),
                new WorkloadTimeouts(
                        Duration.ofSeconds(5), Duration.ofSeconds(120), Duration.ofSeconds(120)));
    }
}
