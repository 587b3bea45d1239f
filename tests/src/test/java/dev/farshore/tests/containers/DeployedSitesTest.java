package dev.farshore.tests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.coordinator.api.report.VmReport;
import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.coordinator.api.request.NewMigration;
import dev.farshore.coordinator.api.request.NewVm;
import dev.farshore.coordinator.api.request.NewVolume;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.testkit.workload.DatabaseSource;
import dev.farshore.testkit.workload.Workload;
import dev.farshore.testkit.workload.WorkloadTimeouts;
import dev.farshore.tests.fixture.ContainerEnvironment;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.fixture.Server;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Farshore's own image at work: a VM writes through mapped ports and is handed over again and again
 * while its nodes, the broker and the coordinator are paused, killed and cut off from the network.
 * Nothing is lost, no read is stale, and the guest never waits longer than the fault gives reason
 * to.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.CONTAINERS)
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class DeployedSitesTest {
    private static final List<String> SITES = List.of("da", "db");
    private static final String VVOL = "deployed";
    private static final String VM = "deployed-vm";
    private static final long SIZE_BYTES = 128L << 20;
    private static final int CLIENTS = 4;
    private static final int WRITES_PER_SECOND = 200;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    /** A hand-over without a fault takes less than a second; ten times that is allowed. */
    private static final Duration HAND_OVER = Duration.ofSeconds(10);

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @TempDir private Path folder;

    /** Whom it happens to. */
    private enum Victim {
        SOURCE,
        TARGET,
        BROKER,
        COORDINATOR
    }

    /** What happens. */
    private enum Fault {
        PAUSE,
        KILL,
        CUT_OFF;

        /** Makes it happen, waits, and mends it. Returns for how long it lasted. */
        Duration happen(Server victim, int millis) throws IOException, InterruptedException {
            long startNanos = System.nanoTime();
            switch (this) {
                case PAUSE -> {
                    victim.pause();
                    Thread.sleep(millis);
                    victim.resume();
                }
                case KILL -> {
                    victim.kill();
                    Thread.sleep(millis);
                    victim.start();
                }
                case CUT_OFF -> {
                    victim.disconnect();
                    Thread.sleep(millis);
                    victim.reconnect();
                }
            }
            return Duration.ofNanos(System.nanoTime() - startNanos);
        }

        /** How long a guest may wait for somebody who was away for {@code lasted}. */
        Duration bound(Duration lasted) {
            // Connections outlive a cut, and TCP sends again after twice the time each time.
            return HAND_OVER.plus(this == CUT_OFF ? lasted.multipliedBy(2) : lasted);
        }
    }

    private record Round(Victim victim, Fault fault) {}

    @Test
    void shouldLoseNothingWhateverHappensToItsContainers() throws Exception {
        List<Round> rounds = rounds();
        System.out.printf("DeployedSitesTest: -Dfarshore.seed=%d: %s%n", seed, rounds);
        WriteRecord record = new WriteRecord(VVOL, 1, SIZE_BYTES);
        try (ContainerEnvironment environment =
                        ContainerEnvironment.start(
                                KafkaEnvironment.Setup.in(folder.resolve("kafka")));
                DeployedSites sites = new DeployedSites(environment, SITES, folder)) {
            create(sites);
            try (Workload workload = workload(record, sites)) {
                workload.start();
                for (Round round : rounds) {
                    handOver(round, environment, sites, workload);
                }
                workload.stop();
                assertThat(workload.differences()).as("stale reads, seed %d", seed).isEmpty();
                System.out.printf(
                        "DeployedSitesTest: %d writes, %d flushes, %d connections%n",
                        workload.snapshot().writes(),
                        workload.snapshot().flushes(),
                        workload.snapshot().connections());
            }
            awaitHardened(sites);
            ImageVerification images = ImageVerifier.verify(record, sites.copyImages(VVOL, folder));
            assertThat(images.isFaultless()).as("%s, seed %d", images, seed).isTrue();
        }
    }

    /** Every fault of a node and of the broker, and a coordinator killed, in random order. */
    private List<Round> rounds() {
        List<Round> rounds = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            rounds.add(new Round(random.nextBoolean() ? Victim.SOURCE : Victim.TARGET, fault));
            rounds.add(new Round(Victim.BROKER, fault));
        }
        rounds.add(new Round(Victim.COORDINATOR, Fault.KILL));
        Collections.shuffle(rounds, random);
        return rounds;
    }

    private void create(DeployedSites sites) throws IOException {
        sites.api()
                .post(
                        "volumes",
                        new NewVolume(VVOL, SIZE_BYTES, SITES.getFirst(), null, 16L << 20),
                        VolumeReport.class);
        sites.api().post("vms", new NewVm(VM, List.of(VVOL)), VmReport.class);
        await("served")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> sites.api().locate(VVOL) != null);
    }

    private void handOver(
            Round round, ContainerEnvironment environment, DeployedSites sites, Workload workload)
            throws Exception {
        Thread.sleep(random.nextInt(500, 1500));
        workload.checkHealth();
        String source = sites.api().volume(VVOL).owner();
        String target = source.equals(SITES.getFirst()) ? SITES.getLast() : SITES.getFirst();
        Server victim =
                switch (round.victim()) {
                    case SOURCE -> sites.node(source);
                    case TARGET -> sites.node(target);
                    case BROKER -> environment.broker();
                    case COORDINATOR -> sites.coordinator();
                };
        long startNanos = System.nanoTime();
        MigrationReport started =
                sites.api()
                        .post(
                                "vms/" + VM + "/migrations",
                                new NewMigration(target, null),
                                MigrationReport.class);
        Thread.sleep(random.nextInt(0, 600));
        Duration lasted = round.fault().happen(victim, random.nextInt(500, 3000));
        MigrationReport over =
                await("%s, seed %d".formatted(round, seed))
                        .atMost(LIMIT)
                        .pollInterval(Duration.ofMillis(100))
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(
                                () ->
                                        sites.api()
                                                .get(
                                                        "migrations/" + started.id(),
                                                        MigrationReport.class),
                                MigrationReport::over);
        long before = workload.snapshot().writes();
        await("writes go on after %s, seed %d".formatted(round, seed))
                .atMost(LIMIT)
                .until(() -> workload.snapshot().writes() > before + 50);
        Duration waited = Duration.ofNanos(workload.longestStallNs(startNanos, System.nanoTime()));
        System.out.printf(
                "DeployedSitesTest: %s to %s, %s: %s%s, lasted %d ms, the guest waited %d ms%n",
                source,
                target,
                round,
                over.step(),
                over.reason().isEmpty() ? "" : " (" + over.reason() + ")",
                lasted.toMillis(),
                waited.toMillis());
        assertThat(waited)
                .as("wait of the guest in %s, seed %d", round, seed)
                .isLessThan(round.fault().bound(lasted));
    }

    private void awaitHardened(DeployedSites sites) {
        await("hardened everywhere, seed %d".formatted(seed))
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () ->
                                List.of(sites.api().get("lag", LagReport[].class)).stream()
                                        .allMatch(LagReport::isNone));
    }

    private Workload workload(WriteRecord record, DeployedSites sites) {
        return new Workload(
                List.of(
                        new Workload.Volume(
                                record,
                                new DatabaseSource(record.markerOffset(), seed, WRITES_PER_SECOND),
                                CLIENTS)),
                sites.api(),
                new WorkloadTimeouts(Duration.ofSeconds(5), LIMIT, LIMIT));
    }
}
