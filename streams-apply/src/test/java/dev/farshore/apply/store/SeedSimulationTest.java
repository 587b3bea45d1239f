package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.ManualExecutor;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.repair.Repair;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.replica.ReplicaStatus;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A replica whose log forgets its beginning, which loses its images and crashes at any step, while
 * owners come and go and begin seeds that they do not always end. Whenever it says that it is whole
 * it is; and a whole seed makes it so.
 */
class SeedSimulationTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 0);
    private static final int RUNS = Integer.getInteger("farshore.runs", 30);
    private static final int STEPS = 300;
    private static final Duration RETRY_INTERVAL = Duration.ofDays(1);

    @TempDir Path root;

    private final Map<Health, Integer> seen = new EnumMap<>(Health.class);

    @Test
    void shouldNeverCallAnImageWholeThatIsNotAndBeWholeAfterASeed() throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("SeedSimulationTest: -Dfarshore.seed=" + seed);
        for (int run = 0; run < RUNS; run++) {
            Run simulation = new Run(new Random(seed + run), root.resolve("run" + run));
            try {
                simulation.simulate();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed %d, run %d, step %d".formatted(seed, run, simulation.step), e);
            }
        }
        assertThat(seen).containsKeys(Health.OK, Health.NEEDS_SEED, Health.SEEDING);
    }

    private final class Run {
        private final Random random;
        private final Path directory;
        private final SeedingOwner owner;
        private final List<LogEvent> log = new ArrayList<>();
        private ImageStore store;
        private Images images;
        private ManualExecutor disk;
        private long nowNanos;
        private int begin;
        private int nextOffset;
        private int step;

        Run(Random random, Path directory) throws IOException {
            this.random = random;
            this.directory = Files.createDirectories(directory);
            this.owner = new SeedingOwner("vol", random);
            start();
        }

        void simulate() throws IOException {
            for (step = 0; step < STEPS; step++) {
                switch (random.nextInt(40)) {
                    case 0 -> crash();
                    case 1 -> restart();
                    case 2 -> loseImages();
                    case 3 -> begin = Math.max(begin, random.nextInt(log.size() + 1));
                    case 4, 5 -> store.logBeginsAt(begin);
                    case 23 -> repair();
                    case 6 -> store.commit(Map.of(PARTITION, store.seenOffset()));
                    case 7, 8, 9 -> disk.runOne();
                    case 10, 11, 12 -> tick();
                    case 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 -> log.add(owner.next());
                    default -> apply();
                }
                check();
            }
            finish();
        }

        private void apply() {
            nextOffset = Math.max(nextOffset, begin);
            if (nextOffset < log.size()) {
                store.apply("vol", new Decoded.Value<>(log.get(nextOffset)), nextOffset);
                nextOffset++;
            }
        }

        /** As {@link Repair} does it. */
        private void repair() {
            for (Replica volume : store.replicas()) {
                if (volume.recovery().reopen()) {
                    int from = (int) Math.max(begin, volume.recovery().resumeOffset());
                    for (int at = from; at < nextOffset; at++) {
                        volume.catchUp(new Decoded.Value<>(log.get(at)), at);
                    }
                    volume.recovery().caughtUpTo(nextOffset - 1);
                    volume.recovery().giveUp();
                }
            }
        }

        private void tick() {
            nowNanos += Duration.ofMillis(random.nextInt(30)).toNanos();
            store.tick();
        }

        private void start() {
            open();
            Long committed = store.committedOffset(PARTITION);
            nextOffset = committed == null ? begin : Math.toIntExact(committed + 1);
            if (nextOffset < begin) {
                // Streams finds that the log does not go back so far, and begins anew.
                store.commit(Map.of());
                store.replicas().forEach(replica -> replica.lifecycle().close());
                open();
                nextOffset = begin;
            }
        }

        private void open() {
            disk = new ManualExecutor(random);
            images = new Images();
            store =
                    new ImageStore(
                            new ApplyEnvironment(
                                    new ApplySettings(
                                            directory,
                                            Duration.ofMillis(random.nextInt(20)),
                                            Duration.ofMillis(random.nextInt(40)),
                                            1 + random.nextInt(30),
                                            Duration.ofMillis(10),
                                            // No volume is stopped to read again at a gap: nobody
                                            // repairs.
                                            RETRY_INTERVAL,
                                            vvol -> true),
                                    new Hardener(disk, random.nextBoolean() ? 2 : 16),
                                    () -> nowNanos),
                            (topic, bytes) -> {
                                throw new UnsupportedOperationException();
                            },
                            images,
                            new NoWatch());
            store.open(PARTITION);
        }

        private void crash() {
            store.replicas().forEach(replica -> replica.lifecycle().close());
            start();
        }

        private void restart() {
            disk.runAllFromNowOn();
            store.close();
            start();
        }

        /** One file of them, or all. */
        private void loseImages() throws IOException {
            store.replicas().forEach(replica -> replica.lifecycle().close());
            boolean isAll = random.nextBoolean();
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (isAll || name.endsWith(".position") || name.endsWith(".sb")) {
                        Files.delete(file);
                    }
                }
            }
            start();
        }

        private void check() {
            images.status("vol")
                    .ifPresent(
                            status -> {
                                seen.merge(status.health(), 1, Integer::sum);
                                if (status.health() == Health.OK && status.isConsistent()) {
                                    checkWhole(status);
                                }
                            });
        }

        private void checkWhole(ReplicaStatus status) {
            if (status.applied().seq() > 0) {
                assertThat(content())
                        .as("LogIsTheTruth at event %d", status.applied().seq())
                        .isEqualTo(owner.states.get((int) status.applied().seq()));
            }
        }

        private byte[] content() {
            Image image = images.find("vol").orElseThrow();
            ByteBuffer into = ByteBuffer.allocate((int) image.sizeBytes());
            try {
                image.read(0, into);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return into.array();
        }

        private void finish() {
            disk.runAllFromNowOn();
            log.add(owner.next());
            while (nextOffset < log.size()) {
                apply();
            }
            begin = log.size();
            repair();
            store.logBeginsAt(begin);
            takeWholeSeed();
            if (images.status("vol").orElseThrow().health() == Health.GAP) {
                // A late copy of the first event was all it had: that something is missing it
                // could only learn from the seed.
                readAgainInVain();
                takeWholeSeed();
            }
            ReplicaStatus status = images.status("vol").orElseThrow();
            assertThat(status.health()).as(status.reason()).isEqualTo(Health.OK);
            assertThat(status.applied().seq()).isEqualTo(owner.seq());
            assertThat(content()).isEqualTo(owner.states.getLast());
            store.close();
        }

        private void takeWholeSeed() {
            log.addAll(owner.wholeSeed());
            while (nextOffset < log.size()) {
                apply();
                check();
            }
        }

        private void readAgainInVain() {
            store.tick();
            nowNanos += RETRY_INTERVAL.toNanos();
            store.tick();
            repair();
            assertThat(images.status("vol").orElseThrow().health()).isEqualTo(Health.GAP);
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
