package dev.farshore.tests.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.LagReport;
import dev.farshore.coordinator.api.report.NodeReport;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.ImageVerification;
import dev.farshore.testkit.verify.ImageVerifier;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Both coordinators and all nodes of two sites are upgraded one at a time, while VMs write at both
 * sites: a node is drained, stopped, started as the new build, and undrained. Nothing is lost, and
 * no guest waits longer than for a hand-over between the sites in the same run.
 *
 * <p>{@code -Dfarshore.upgrade.from=CLASSPATH} starts with another build, from before nodes could
 * be drained; its volumes are moved by placement.
 */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RollingUpgradeTest {
    private static final String HAND_OVER = "hand-over between sites";
    private static final String MOVE = "drained";
    private static final String PLACED = "moved by placement, by a build that knows no drains";
    private static final String NEIGHBOUR = "while others of the site moved, or its node restarted";
    private static final String OTHER_SITE = "while the other site was upgraded";
    private static final String COORDINATOR = "coordinator upgraded";
    private static final String RESTART = "restart in place";

    private static final int HAND_OVERS = Integer.getInteger("farshore.handovers", 4);
    private static final int DRAINS = Integer.getInteger("farshore.drains", 0);

    /**
     * What the machine may add to one wait and not to another: so much, or what guests of the other
     * site waited meanwhile, where nothing was done.
     */
    private static final Duration LEAST_NOISE = Duration.ofMillis(1_500);

    private static final Duration LIMIT = Duration.ofSeconds(300);

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final Waits waits = new Waits();
    private final List<Guest> guests = new ArrayList<>();
    private Fleet fleet;

    @Test
    void shouldLetNoGuestWaitLongerThanForAHandOver(
            KafkaEnvironment environment, @TempDir Path folder) throws Exception {
        System.out.println("RollingUpgradeTest: -Dfarshore.seed=" + seed);
        String from = System.getProperty("farshore.upgrade.from", "");
        Build before =
                from.isEmpty() ? Build.of("1.0.1", folder.resolve("build-1")) : Build.old(from);
        Build after = Build.of("1.0.2", folder.resolve("build-2"));
        try (Fleet started = new Fleet(folder, environment, before)) {
            fleet = started;
            try {
                begin("shop", "ua", "up-data", "up-log");
                begin("blog", "ua", "up-blog");
                begin("mail", "ub", "up-mail");
                handOvers();
                upgradeCoordinators(after);
                upgradeNodes(before, after);
                drainAgain(after);
                restartInPlace(after);
                end();
            } finally {
                guests.forEach(Guest::close);
            }
        }
        waits.print();
        long boundMillis =
                waits.longestMillis(HAND_OVER)
                        + Math.max(LEAST_NOISE.toMillis(), waits.longestMillis(OTHER_SITE));
        System.out.printf("RollingUpgradeTest: no guest may wait longer than %d ms%n", boundMillis);
        for (String cause : List.of(MOVE, NEIGHBOUR, COORDINATOR)) {
            assertThat(waits.longestMillis(cause))
                    .as("longest wait, %s, seed %d", cause, seed)
                    .isLessThanOrEqualTo(boundMillis);
        }
    }

    private void begin(String vm, String site, String... vvols) throws IOException {
        Guest guest = new Guest(vm, List.of(vvols), fleet.api(), seed);
        guests.add(guest);
        fleet.create(guest, site, "log");
        guest.workload().start();
    }

    private void handOvers() throws Exception {
        pause();
        for (int i = 0; i < HAND_OVERS; i++) {
            Guest guest = guests.get(i / 2 % guests.size());
            String target = fleet.writer(guest).startsWith("ua") ? "ub" : "ua";
            long fromNs = System.nanoTime();
            fleet.handOver(guest, target);
            fleet.awaitServed(guest, null);
            awaitWrites();
            waits.add(HAND_OVER, guest.vm() + " to " + target, waited(guest, fromNs));
            pause();
        }
    }

    private void upgradeCoordinators(Build after) throws Exception {
        for (FarshoreProcess coordinator : fleet.coordinators()) {
            long fromNs = System.nanoTime();
            coordinator.stop();
            coordinator.start(after);
            awaitWrites();
            for (Guest guest : guests) {
                waits.add(COORDINATOR, guest.vm(), waited(guest, fromNs));
            }
        }
    }

    private void upgradeNodes(Build before, Build after) throws Exception {
        for (String node : fleet.nodes().sequencedKeySet()) {
            System.out.println("RollingUpgradeTest: upgrading " + node);
            vacate(before, after, node);
            long fromNs = System.nanoTime();
            fleet.node(node).stop();
            fleet.node(node).start(after);
            awaitHotCopies(node);
            for (Guest guest : guests) {
                waits.add(
                        bystander(guest, node),
                        guest.vm() + " (" + node + " restarted)",
                        waited(guest, fromNs));
            }
            if (before.knowsDrains()) {
                assertThat(fleet.report(node).drained()).as("still drained").isTrue();
                assertThat(fleet.report(node).written()).as("nothing came back").isEmpty();
                fleet.farshore(after, "node", "undrain", node);
            }
        }
        System.out.println(fleet.farshore(after, "node", "list"));
        assertThat(fleet.api().nodes())
                .allSatisfy(node -> assertThat(node.version()).isEqualTo(after.version()));
    }

    /** With its hot copies a node may be the next one's stand-in. */
    private void awaitHotCopies(String node) {
        await("hot copies at " + node)
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> {
                            NodeReport report = fleet.report(node);
                            return report.hotCopies() + report.activeCopies() == volumes();
                        });
        awaitHardened();
    }

    private long volumes() {
        return guests.stream().mapToLong(guest -> guest.volumes().size()).sum();
    }

    /** Everything that is written at a node goes to the other one. */
    private void vacate(Build before, Build after, String node) throws Exception {
        List<Guest> there = new ArrayList<>();
        for (Guest guest : guests) {
            if (fleet.writer(guest).equals(node)) {
                there.add(guest);
            }
        }
        pause();
        long fromNs = System.nanoTime();
        if (before.knowsDrains()) {
            System.out.print(fleet.farshore(after, "node", "drain", node, "--wait"));
            assertThat(fleet.report(node).written()).isEmpty();
        } else {
            for (Guest guest : there) {
                fleet.place(guest, Fleet.other(node));
                fleet.awaitServed(guest, Fleet.other(node));
                fleet.place(guest, "");
            }
        }
        System.out.printf(
                "RollingUpgradeTest: %s was drained of %d VMs in %d ms%n",
                node, there.size(), (System.nanoTime() - fromNs) / 1_000_000);
        for (Guest guest : guests) {
            fleet.awaitServed(guest, null);
        }
        awaitWrites();
        for (Guest guest : guests) {
            boolean isMoved = there.contains(guest);
            if (isMoved) {
                assertThat(fleet.writer(guest)).isEqualTo(Fleet.other(node));
            }
            waits.add(
                    isMoved ? (before.knowsDrains() ? MOVE : PLACED) : bystander(guest, node),
                    guest.vm() + " (" + node + " drained)",
                    waited(guest, fromNs));
        }
    }

    private String bystander(Guest guest, String node) throws IOException {
        return fleet.writer(guest).substring(0, 2).equals(node.substring(0, 2))
                ? NEIGHBOUR
                : OTHER_SITE;
    }

    /** For more moves to measure. */
    private void drainAgain(Build after) throws Exception {
        for (int i = 0; i < DRAINS; i++) {
            String node = fleet.writer(guests.getFirst());
            vacate(after, after, node);
            fleet.farshore(after, "node", "undrain", node);
            awaitHotCopies(node);
        }
    }

    /** For comparison: a node is stopped with all that it writes. */
    private void restartInPlace(Build after) throws Exception {
        Guest guest = guests.getFirst();
        String node = fleet.writer(guest);
        long fromNs = System.nanoTime();
        fleet.node(node).stop();
        fleet.node(node).start(after);
        fleet.awaitServed(guest, null);
        awaitWrites();
        waits.add(RESTART, guest.vm(), waited(guest, fromNs));
    }

    private void end() throws Exception {
        for (Guest guest : guests) {
            guest.workload().stop();
            assertThat(guest.workload().differences())
                    .as("wrong reads of %s, seed %d", guest.vm(), seed)
                    .isEmpty();
            System.out.printf(
                    "RollingUpgradeTest: %s: %s%n", guest.vm(), guest.workload().snapshot());
        }
        // Hot copies tell nobody how far they are.
        for (Guest guest : guests) {
            for (WriteRecord record : guest.records()) {
                await("four images of " + record.vvol())
                        .atMost(LIMIT)
                        .pollInterval(Duration.ofSeconds(1))
                        .untilAsserted(
                                () -> {
                                    ImageVerification images =
                                            ImageVerifier.verify(
                                                    record, fleet.images(record.vvol()));
                                    assertThat(images.isFaultless())
                                            .as("%s, seed %d", images, seed)
                                            .isTrue();
                                });
            }
        }
    }

    private void awaitHardened() {
        await("hardened everywhere")
                .atMost(LIMIT)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () ->
                                List.of(fleet.api().get("lag", LagReport[].class)).stream()
                                        .allMatch(
                                                lag -> lag.seconds() != null && lag.seconds() < 2));
    }

    /** Every guest writes. */
    private void awaitWrites() throws Exception {
        for (Guest guest : guests) {
            long before = guest.workload().snapshot().writes();
            await(guest.vm() + " writes")
                    .atMost(LIMIT)
                    .until(
                            () -> {
                                guest.workload().checkHealth();
                                return guest.workload().snapshot().writes() > before + 50;
                            });
        }
    }

    private static long waited(Guest guest, long fromNs) {
        return guest.workload().longestStallNs(fromNs, System.nanoTime());
    }

    /** So that one wait is not the end of the one before. */
    private static void pause() throws InterruptedException {
        Thread.sleep(Duration.ofSeconds(1));
    }
}
