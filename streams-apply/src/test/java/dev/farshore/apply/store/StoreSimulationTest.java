package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.SimulatedVolume;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.ManualExecutor;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A partition of several volumes, its log written by owners that fail in every way they may, a
 * store that applies it and crashes at any step, and a disk that writes when it likes. After every
 * step the invariants of the design hold.
 */
class StoreSimulationTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 0);
    private static final int RUNS = Integer.getInteger("farshore.runs", 12);
    private static final int STEPS = 250;

    @TempDir Path root;

    @Test
    void shouldKeepItsInvariantsThroughCrashesAtAnyStep() throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("StoreSimulationTest: -Dfarshore.seed=" + seed);
        for (int run = 0; run < RUNS; run++) {
            Run simulation = new Run(new Random(seed + run), root.resolve("run" + run));
            try {
                simulation.simulate();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed %d, run %d, step %d".formatted(seed, run, simulation.step), e);
            }
        }
    }

    private record Logged(String vvol, LogEvent event) {}

    private static final class Run {
        private final Random random;
        private final Path directory;
        private final List<SimulatedVolume> volumes = new ArrayList<>();
        private final List<Logged> log = new ArrayList<>();
        private ImageStore store;
        private Images images;
        private ManualExecutor disk;
        private long nowNanos;
        private int nextOffset;
        private int step;

        Run(Random random, Path directory) throws IOException {
            this.random = random;
            this.directory = Files.createDirectories(directory);
            for (int i = 0; i < 3; i++) {
                volumes.add(new SimulatedVolume("vol" + i, random));
            }
            start();
        }

        void simulate() throws IOException {
            for (step = 0; step < STEPS; step++) {
                switch (random.nextInt(24)) {
                    case 0 -> crash(false);
                    case 1 -> crash(true);
                    case 2 -> restart();
                    case 3 -> store.commit(Map.of(PARTITION, store.seenOffset()));
                    case 4, 5, 6 -> disk.runOne();
                    case 7, 8, 9 -> tick();
                    case 10, 11, 12, 13, 14, 15 -> append();
                    default -> apply();
                }
                check();
            }
            finish();
        }

        private void append() {
            SimulatedVolume volume = volumes.get(random.nextInt(volumes.size()));
            LogEvent event = volume.next();
            volume.append(event);
            log.add(new Logged(volume.vvol, event));
        }

        private void apply() {
            if (nextOffset < log.size()) {
                Logged logged = log.get(nextOffset);
                store.apply(logged.vvol(), new Decoded.Value<>(logged.event()), nextOffset);
                nextOffset++;
            }
        }

        private void tick() {
            nowNanos += Duration.ofMillis(random.nextInt(30)).toNanos();
            store.tick();
        }

        private void start() {
            disk = new ManualExecutor(random);
            ApplySettings settings =
                    new ApplySettings(
                            directory,
                            Duration.ofMillis(random.nextInt(20)),
                            Duration.ofMillis(random.nextInt(40)),
                            1 + random.nextInt(30),
                            Duration.ofMillis(10),
                            Duration.ofSeconds(1),
                            vvol -> true);
            images = new Images();
            store =
                    new ImageStore(
                            new ApplyEnvironment(
                                    settings,
                                    new Hardener(disk, random.nextBoolean() ? 2 : 16),
                                    () -> nowNanos),
                            (topic, bytes) -> {
                                throw new UnsupportedOperationException();
                            },
                            images,
                            new NoWatch());
            store.open(PARTITION);
            Long committed = store.committedOffset(PARTITION);
            nextOffset = committed == null ? 0 : Math.toIntExact(committed + 1);
            // Streams may also go back further: its own group's offset, or a second crash.
            if (nextOffset > 0 && random.nextInt(4) == 0) {
                nextOffset = random.nextInt(nextOffset);
            }
        }

        private void restart() {
            disk.runAllFromNowOn();
            store.close();
            start();
        }

        /** The process is gone; with a loss of power, so is any write-back nobody waited for. */
        private void crash(boolean isPowerLost) throws IOException {
            Map<String, long[]> ranges = new java.util.HashMap<>();
            for (ReplicaStatus status : images.statuses()) {
                ranges.put(
                        status.vvol(),
                        new long[] {status.hardened().seq(), status.applied().seq()});
            }
            store.replicas().forEach(replica -> replica.lifecycle().close());
            if (isPowerLost) {
                for (SimulatedVolume volume : volumes) {
                    long[] range = ranges.get(volume.vvol);
                    if (range != null && range[1] > range[0]) {
                        loseWriteBacks(volume, range[0], range[1]);
                    }
                }
            }
            start();
        }

        private void loseWriteBacks(SimulatedVolume volume, long fromSeq, long untilSeq)
                throws IOException {
            Path path = Image.dataPath(directory, volume.vvol);
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                for (int sector = 0; sector < SimulatedVolume.SECTORS; sector++) {
                    file.write(
                            volume.anyContent(sector, fromSeq, untilSeq),
                            sector * (long) SimulatedVolume.SECTOR);
                }
            }
        }

        /** When all is quiet every image is the volume. */
        private void finish() {
            disk.runAllFromNowOn();
            while (nextOffset < log.size()) {
                apply();
            }
            store.tick();
            check();
            for (SimulatedVolume volume : volumes) {
                if (volume.cursor.seq() > 0) {
                    ReplicaStatus status = images.status(volume.vvol).orElseThrow();
                    assertThat(status.applied().cursor()).isEqualTo(volume.cursor);
                    assertThat(content(volume)).isEqualTo(volume.states.getLast());
                }
            }
            store.close();
        }

        private void check() {
            for (SimulatedVolume volume : volumes) {
                images.status(volume.vvol)
                        .filter(status -> status.applied().seq() > 0)
                        .ifPresent(
                                status -> {
                                    assertThat(status.health()).isEqualTo(Health.OK);
                                    checkReplicaNeverAheadOfLog(volume, status);
                                    checkLogIsTheTruth(volume, status);
                                    checkPositionMatchesData(volume, status);
                                });
            }
            checkPartitionPositionMatchesData();
        }

        private void checkReplicaNeverAheadOfLog(SimulatedVolume volume, ReplicaStatus status) {
            assertThat(status.applied().seq())
                    .as("ReplicaNeverAheadOfLog")
                    .isLessThanOrEqualTo(volume.cursor.seq());
        }

        private void checkLogIsTheTruth(SimulatedVolume volume, ReplicaStatus status) {
            if (status.isConsistent()) {
                assertThat(content(volume))
                        .as("LogIsTheTruth")
                        .isEqualTo(volume.states.get((int) status.applied().seq()));
            }
        }

        private void checkPositionMatchesData(SimulatedVolume volume, ReplicaStatus status) {
            Image image = images.find(volume.vvol).orElseThrow();
            assertThat(status.hardened().seq())
                    .as("PositionMatchesData: hardened is applied")
                    .isLessThanOrEqualTo(status.applied().seq());
            assertThat(image.mixedUntilSeq())
                    .as("PositionMatchesData: announced before applied")
                    .isGreaterThanOrEqualTo(status.applied().seq());
            assertThat(log.get((int) status.applied().writesOffset()).event().header().seq())
                    .as("PositionMatchesData: the offset is the event's")
                    .isEqualTo(status.applied().seq());
        }

        /** What the file says now is what a crash now would start from. */
        private void checkPartitionPositionMatchesData() {
            PartitionPosition position;
            try {
                position = PartitionPosition.read(PartitionPosition.file(directory, 0));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (position == null) {
                return;
            }
            for (SimulatedVolume volume : volumes) {
                long newest =
                        log.subList(0, Math.toIntExact(position.offset() + 1)).stream()
                                .filter(logged -> logged.vvol().equals(volume.vvol))
                                .map(logged -> logged.event().header())
                                .filter(header -> isValid(volume, header.seq(), header.epoch()))
                                .mapToLong(header -> header.seq())
                                .max()
                                .orElse(0);
                long hardened = images.status(volume.vvol).map(s -> s.hardened().seq()).orElse(0L);
                assertThat(hardened)
                        .as("PositionMatchesData: partition at offset %d", position.offset())
                        .isGreaterThanOrEqualTo(newest);
            }
        }

        private static boolean isValid(SimulatedVolume volume, long seq, int epoch) {
            return seq <= volume.cursor.seq() && volume.epochs.get((int) seq) == epoch;
        }

        private byte[] content(SimulatedVolume volume) {
            Image image = images.find(volume.vvol).orElseThrow();
            ByteBuffer into = ByteBuffer.allocate((int) image.sizeBytes());
            try {
                image.read(0, into);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return into.array();
        }
    }

    private static final class NoWatch implements StoreListener {
        @Override
        public void onOpened(ImageStore store) {}

        @Override
        public void onClosed(ImageStore store) {}

        @Override
        public void onLogWanted() {}
    }
}
