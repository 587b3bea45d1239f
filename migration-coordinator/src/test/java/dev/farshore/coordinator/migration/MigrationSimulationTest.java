package dev.farshore.coordinator.migration;

import static dev.farshore.schemas.event.MigrationStep.FAILED;
import static dev.farshore.schemas.event.MigrationStep.FINISHED;
import static dev.farshore.schemas.event.MigrationStep.ROLLED_BACK;
import static dev.farshore.schemas.event.MigrationStep.TAKEN_BACK;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.Succession;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Migrations against simulated sites whose nodes act, apply, harden and report in random order, and
 * under coordinators that die anywhere or go on beside their successors, by clocks that are set an
 * hour back or ahead. {@link SimulatedVolume} asserts {@code CutoverLosesNoWrite} at every event.
 */
class MigrationSimulationTest {
    private static final List<String> SITES = List.of("a", "b");
    private static final List<String> VVOLS = List.of("root", "data", "wal");
    private static final int SEEDS = 120;
    private static final int STEPS = 1_500;
    private static final long HOUR_MICROS = 3_600_000_000L;

    /** All ways a migration can end, and how often coordinators died: the test must see them. */
    private final Map<MigrationStep, Integer> ends = new EnumMap<>(MigrationStep.class);

    private int crashes;
    private int forced;

    @Test
    void shouldLoseNoWriteWhateverTheOrderAndWhoeverDies() {
        long firstSeed = Long.getLong("farshore.seed", System.nanoTime());
        for (long seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
            try {
                new World(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with -Dfarshore.seed=" + seed, e);
            }
        }
        assertThat(ends)
                .as("a simulation in which hardly anything ends in some way proves nothing")
                .allSatisfy(
                        (step, count) ->
                                assertThat(count)
                                        .as("%s", step)
                                        .isGreaterThan(step == TAKEN_BACK ? 0 : SEEDS / 10))
                .containsKeys(FINISHED, ROLLED_BACK, FAILED);
        assertThat(crashes).isGreaterThan(SEEDS);
        assertThat(forced).as("VMs that an operator had to take back").isLessThan(SEEDS / 10);
    }

    private final class World {
        private final Random random;
        private final MigrationLimits limits =
                new MigrationLimits(
                        1 << 20,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
        private final Map<String, SimulatedVolume> volumes = new HashMap<>();
        private final List<MigrationEvent> migrationsTopic = new ArrayList<>();
        private final List<VolumeSpec> volumesTopic = new ArrayList<>();
        private final Map<String, Map<String, VolumeSpec>> specsAtSites = new HashMap<>();
        private final Map<String, Integer> specsReadAtSites = new HashMap<>();
        private final List<SimulatedCoordinator> coordinators = new ArrayList<>();
        private final Map<String, Integer> hasChanged = new HashMap<>();
        private final Map<String, Integer> mayHaveChanged = new HashMap<>();
        private boolean isHealed;
        private long nowMicros = 1_000_000;

        /** What the clocks say too much: somebody sets them. */
        private long clockErrorMicros;

        World(long seed) {
            random = new Random(seed);
            for (String vvol : VVOLS) {
                volumes.put(vvol, new SimulatedVolume(vvol, SITES));
                volumesTopic.add(firstSpec(vvol));
            }
            SITES.forEach(site -> specsAtSites.put(site, new HashMap<>()));
            coordinators.add(newCoordinator());
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            // From here on nobody dies, and everybody gets round to everything.
            isHealed = true;
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            takeBackWhatIsSplit();
            assertAllCameToRest();
        }

        /**
         * The source went on by itself with some volumes, while the target opened others: that is
         * an operator's to decide.
         */
        private void takeBackWhatIsSplit() {
            SimulatedCoordinator coordinator = newCoordinator();
            if (coordinator.history.moving("shop").isPresent()) {
                forced++;
                volumes.values().forEach(SimulatedVolume::takenByForce);
                coordinator.cancel("shop", true);
                for (int step = 0; step < STEPS; step++) {
                    if (step < STEPS / 5 && random.nextInt(10) == 0) {
                        // Nodes that have not heard of it go on still.
                        actByItself();
                    }
                    step();
                }
            }
        }

        private void step() {
            nowMicros += random.nextInt(10_000);
            String site = SITES.get(random.nextInt(SITES.size()));
            SimulatedVolume volume = volume(VVOLS.get(random.nextInt(VVOLS.size())));
            switch (random.nextInt(8)) {
                case 0 -> volume.apply(site, random.nextInt(8));
                case 1 -> volume.harden(site);
                case 2 -> anyCoordinator().receive(volume.report(site));
                case 3 -> readOneSpec(site);
                case 4 -> reconcile(site, volume);
                case 5, 6 -> lead(anyCoordinator());
                default -> rarely();
            }
        }

        private void rarely() {
            if (random.nextInt(60) == 0) {
                nowMicros += 3_000_000;
            } else if (random.nextInt(40) == 0) {
                clockErrorMicros = HOUR_MICROS * (random.nextInt(3) - 1);
            } else if (random.nextInt(30) == 0 && coordinators.size() < 3 && !isHealed) {
                // Somebody starts a second one; the first does not know.
                coordinators.add(newCoordinator());
            } else if (random.nextInt(5) == 0 && !isHealed) {
                SimulatedCoordinator coordinator = anyCoordinator();
                surviving(coordinator, () -> throttleMore(coordinator));
            } else if (random.nextInt(15) == 0 && !isHealed) {
                SimulatedCoordinator coordinator = anyCoordinator();
                surviving(coordinator, () -> coordinator.cancel("shop", false));
            } else if (random.nextInt(8) == 0 && !isHealed) {
                actByItself();
            } else if (random.nextInt(5) == 0 && !isHealed) {
                SimulatedCoordinator coordinator = anyCoordinator();
                surviving(coordinator, () -> startMigration(coordinator));
            }
        }

        /** A node does something with its epoch that nobody asked for. */
        private void actByItself() {
            String site = SITES.get(random.nextInt(SITES.size()));
            SimulatedVolume volume = volume(VVOLS.get(random.nextInt(VVOLS.size())));
            VolumeSpec spec = specsAt(site).get(volume.vvol);
            if (spec != null && random.nextBoolean()) {
                volume.goOnByItself(site, spec);
            } else if (spec != null) {
                volume.sealByItself(site, spec);
            }
        }

        /** Topics are read in order, by each at its own pace. */
        private void lead(SimulatedCoordinator coordinator) {
            if (random.nextInt(3) > 0 || isHealed) {
                coordinator.readMigrations();
            }
            if (random.nextInt(3) > 0 || isHealed) {
                coordinator.readSpecs();
            }
            surviving(coordinator, () -> coordinator.advance(nowMicros, wallMicros()));
        }

        private void surviving(SimulatedCoordinator coordinator, Runnable action) {
            try {
                action.run();
            } catch (SimulatedCoordinator.Crash e) {
                crashes++;
                coordinators.remove(coordinator);
                coordinators.add(newCoordinator());
            }
        }

        /** A change that says how many there were: none of them may be lost. */
        private void throttleMore(SimulatedCoordinator coordinator) {
            String vvol = VVOLS.get(random.nextInt(VVOLS.size()));
            mayHaveChanged.merge(vvol, 1, Integer::sum);
            coordinator.change(
                    () -> {
                        VolumeSpec spec = coordinator.find(vvol).orElseThrow();
                        coordinator.put(
                                List.of(
                                        SpecChanges.throttled(
                                                spec, spec.getThrottleBytesPerSecond() + 1, 0)));
                        return vvol;
                    });
            hasChanged.merge(vvol, 1, Integer::sum);
        }

        private void startMigration(SimulatedCoordinator coordinator) {
            SortedMap<String, Integer> epochs = new TreeMap<>();
            SortedMap<String, StepPosition> positions = new TreeMap<>();
            Set<String> owners = new HashSet<>();
            for (String vvol : VVOLS) {
                VolumeSpec spec = coordinator.find(vvol).orElseThrow();
                epochs.put(vvol, spec.getEpoch());
                positions.put(vvol, new StepPosition(spec.getEpoch(), 0, 0, 0));
                owners.add(spec.getOwner());
            }
            if (owners.size() == 1) {
                String from = owners.iterator().next();
                String to = from.equals("a") ? "b" : "a";
                String id = "shop-" + (coordinator.history.count("shop") + 1);
                MigrationPlan plan =
                        new MigrationPlan(id, "shop", from, to, MigrationMode.DRAIN, epochs);
                coordinator.append(
                        List.of(
                                MigrationEvents.lastStepOf(
                                        MigrationMachine.start(plan, wallMicros(), positions))));
            }
        }

        private long wallMicros() {
            return HOUR_MICROS + nowMicros + clockErrorMicros;
        }

        private void readOneSpec(String site) {
            int read = specsReadAtSites.getOrDefault(site, 0);
            if (read < volumesTopic.size()) {
                VolumeSpec spec = volumesTopic.get(read);
                VolumeSpec current = specsAt(site).get(spec.getVvol());
                if (current == null || Succession.ofSpecs().follows(current, spec)) {
                    specsAt(site).put(spec.getVvol(), spec);
                }
                specsReadAtSites.put(site, read + 1);
            }
        }

        private void reconcile(String site, SimulatedVolume volume) {
            VolumeSpec spec = specsAt(site).get(volume.vvol);
            if (spec != null) {
                volume.reconcile(site, spec);
            }
        }

        private void assertAllCameToRest() {
            for (String site : SITES) {
                while (specsReadAtSites.getOrDefault(site, 0) < volumesTopic.size()) {
                    readOneSpec(site);
                }
            }
            MigrationHistory history = newCoordinator().history;
            Set<String> owners = new HashSet<>();
            for (SimulatedVolume volume : volumes.values()) {
                VolumeSpec spec = Objects.requireNonNull(specsAt("a").get(volume.vvol));
                owners.add(spec.getOwner());
                assertThat(spec.getPhase()).isEqualTo(Phase.OPEN);
                assertThat(volume.end().open()).as("%s: %s", volume.end(), spec).isTrue();
                assertThat(volume.end().epoch())
                        .as("%s: %s, %s", volume.end(), spec, history.all())
                        .isEqualTo(spec.getEpoch());
                assertThat(volume.end().owner()).isEqualTo(spec.getOwner());
                assertThat((int) spec.getThrottleBytesPerSecond())
                        .as("changes of %s that count", volume.vvol)
                        .isBetween(
                                hasChanged.getOrDefault(volume.vvol, 0),
                                mayHaveChanged.getOrDefault(volume.vvol, 0));
                assertThat(newestRecordOf(volume.vvol))
                        .as("what compaction leaves")
                        .isEqualTo(spec);
            }
            assertThat(owners).hasSize(1);
            for (MigrationMachine machine : history.all()) {
                assertThat(machine.isOver()).as("%s", machine).isTrue();
                ends.merge(machine.timeline().last().step(), 1, Integer::sum);
            }
        }

        private VolumeSpec newestRecordOf(String vvol) {
            return volumesTopic.reversed().stream()
                    .filter(spec -> spec.getVvol().equals(vvol))
                    .findFirst()
                    .orElseThrow();
        }

        private SimulatedCoordinator newCoordinator() {
            SimulatedCoordinator coordinator =
                    new SimulatedCoordinator(
                            migrationsTopic,
                            volumesTopic,
                            limits,
                            () -> !isHealed && random.nextInt(12) == 0);
            coordinator.readMigrations();
            coordinator.readSpecs();
            return coordinator;
        }

        private SimulatedCoordinator anyCoordinator() {
            return coordinators.get(random.nextInt(coordinators.size()));
        }

        private SimulatedVolume volume(String vvol) {
            return Objects.requireNonNull(volumes.get(vvol));
        }

        private Map<String, VolumeSpec> specsAt(String site) {
            return Objects.requireNonNull(specsAtSites.get(site));
        }

        private static VolumeSpec firstSpec(String vvol) {
            return VolumeSpec.newBuilder()
                    .setVvol(vvol)
                    .setVm("shop")
                    .setSizeBytes(1 << 20)
                    .setPartition(0)
                    .setOwner("a")
                    .setEpoch(1)
                    .setPhase(Phase.OPEN)
                    .setDurability(Durability.LOG)
                    .setCreatedMicros(0)
                    .build();
        }
    }
}
