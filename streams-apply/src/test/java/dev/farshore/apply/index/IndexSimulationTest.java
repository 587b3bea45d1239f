package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.SimulatedVolume;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;

/**
 * The index of a partition, fed with headers and with progress that is ahead of them, behind them,
 * or goes back, and crashing at any step; with memory for all of it, or for next to nothing.
 * Headers of an owner that has lost its epoch come before or after those of its successor ({@link
 * HeaderOrder}). After every step: what it calls clean is hardened in the image, and of what is
 * dirty it knows the newest event ({@code LogIsTheTruth}).
 */
@Tag("slow")
class IndexSimulationTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.headers", 0);
    private static final int RUNS = 20;
    private static final int STEPS = 1200;

    /** So many that a volume has enough that is dirty to put it on disk. */
    private static final int SECTORS = 128;

    @TempDir Path root;

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 1})
    void shouldNeverCallABlockCleanThatIsNotHardened(long memoryBytes) throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("IndexSimulationTest: -Dfarshore.seed=" + seed);
        int completeChecks = 0;
        int elsewhereChecks = 0;
        int forks = 0;
        int stepsReadFromDisk = 0;
        int stepsTakenBack = 0;
        for (int run = 0; run < RUNS; run++) {
            Run simulation =
                    new Run(
                            new Random(seed + run),
                            root.resolve("run" + run),
                            memoryBytes,
                            run % 2 == 0);
            try {
                simulation.simulate();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "seed %d, run %d, step %d".formatted(seed, run, simulation.step), e);
            }
            completeChecks += simulation.completeChecks;
            elsewhereChecks += simulation.elsewhereChecks;
            forks += simulation.forks;
            stepsReadFromDisk += simulation.stepsReadFromDisk;
            stepsTakenBack += simulation.stepsTakenBack;
        }
        assertThat(forks).as("headers at which a volume was in a fork").isGreaterThan(RUNS / 10);
        if (memoryBytes < Long.MAX_VALUE) {
            assertThat(stepsReadFromDisk)
                    .as("steps at which all was right while a part of it was on disk")
                    .isGreaterThan(5 * RUNS);
            assertThat(stepsTakenBack)
                    .as("steps that took something back from disk")
                    .isGreaterThan(2 * RUNS);
        }
        assertThat(elsewhereChecks)
                .as("steps at which was known what another site lacks")
                .isGreaterThan(RUNS * STEPS);
        assertThat(completeChecks)
                .as("steps at which the index was complete")
                .isGreaterThan(RUNS * STEPS);
    }

    private static final class Run {
        private final Random random;
        private final Path directory;
        private final List<SimulatedVolume> volumes = new ArrayList<>();
        private final List<LogEvent> log = new ArrayList<>();
        // What the site's image has hardened, and what of that this index was told.
        private final Map<String, Long> hardened = new HashMap<>();
        private final Map<String, Long> told = new HashMap<>();
        // What another site's image has hardened.
        private final Map<String, Long> elsewhere = new HashMap<>();
        // Headers that were published, and those that are to be, by the volume and its old owner.
        private final List<IndexedHeader> headers = new ArrayList<>();
        private final Map<String, Deque<IndexedHeader>> due = new HashMap<>();
        private final Map<String, Deque<IndexedHeader>> dueOfOldOwner = new HashMap<>();
        // Volumes that had a fork: blocks that it wrote may be taken for lacking.
        private final Set<String> mayBeTooMuch = new HashSet<>();
        // Few for an image that falls behind: only there a volume has enough to be put on disk.
        private final int hardenedAtOnceMax;
        private final long memoryBytes;
        private IndexMemory memory = IndexMemory.unlimited();
        private DirtyBlockIndex index = new DirtyBlockIndex();
        private DirtyBlockStore store;
        private long nowNanos;
        private int nextOffset;
        int step;
        int completeChecks;
        int elsewhereChecks;
        int forks;
        // With a page on disk and all volumes checked; and those at which pages became fewer.
        int stepsReadFromDisk;
        int stepsTakenBack;
        private final boolean hasLittleMemory;

        Run(Random random, Path directory, long memoryBytes, boolean isImageSlow)
                throws IOException {
            this.hasLittleMemory = memoryBytes < Long.MAX_VALUE;
            this.random = random;
            this.hardenedAtOnceMax = isImageSlow ? 1 : Integer.MAX_VALUE;
            this.memoryBytes = memoryBytes;
            this.directory = Files.createDirectories(directory);
            for (int i = 0; i < 3; i++) {
                volumes.add(new SimulatedVolume("vol" + i, SECTORS, random));
                due.put("vol" + i, new ArrayDeque<>());
                dueOfOldOwner.put("vol" + i, new ArrayDeque<>());
                hardened.put("vol" + i, 0L);
                elsewhere.put("vol" + i, 0L);
            }
            start();
        }

        void simulate() throws IOException {
            for (step = 0; step < STEPS; step++) {
                long onDiskBefore = memory.spilledBytes();
                IndexMemory memoryBefore = memory;
                switch (random.nextInt(36)) {
                    case 0 -> start();
                    case 1 -> {
                        store.close();
                        start();
                    }
                    case 2, 3 -> commit();
                    case 4, 5, 6, 7, 8 -> harden(volumes.get(random.nextInt(volumes.size())));
                    case 9 -> hardenElsewhere(volumes.get(random.nextInt(volumes.size())));
                    case 10, 11, 12, 13, 14, 15, 16, 17, 18 -> append();
                    case 19, 20, 21, 22, 23 -> publish();
                    default -> index();
                }
                if (memory == memoryBefore && memory.spilledBytes() < onDiskBefore) {
                    stepsTakenBack++;
                }
                if (hasLittleMemory && random.nextInt(4) == 0) {
                    spill(volumes.get(random.nextInt(volumes.size())));
                }
                int checksBefore = completeChecks;
                volumes.forEach(this::check);
                if (memory.spilledBytes() > 0 && completeChecks - checksBefore == volumes.size()) {
                    stepsReadFromDisk++;
                }
                volumes.forEach(this::checkElsewhere);
            }
            store.close();
            memory.close();
        }

        private void append() {
            SimulatedVolume volume = volumes.get(random.nextInt(volumes.size()));
            LogEvent event = volume.next();
            IndexedHeader header = new IndexedHeader(event.header(), log.size());
            boolean isOfOldOwner = event.header().epoch() < volume.cursor.epoch();
            volume.append(event);
            log.add(event);
            (isOfOldOwner ? dueOfOldOwner : due).get(volume.vvol).add(header);
        }

        /** Each owner in the order of its events; a new one sees to its predecessor's first. */
        private void publish() {
            String vvol = volumes.get(random.nextInt(volumes.size())).vvol;
            Deque<IndexedHeader> headersDue = due.get(vvol);
            IndexedHeader ofOldOwner = dueOfOldOwner.get(vvol).peek();
            if (ofOldOwner != null
                    && random.nextBoolean()
                    && headersDue.stream()
                            .noneMatch(
                                    header ->
                                            header.header().epoch()
                                                    <= ofOldOwner.header().epoch())) {
                headers.add(dueOfOldOwner.get(vvol).remove());
            } else if (!headersDue.isEmpty()) {
                headers.add(headersDue.remove());
            }
        }

        /** One header, or a few: after a restart there is much to be read again. */
        private void index() {
            int count = random.nextInt(4) == 0 ? 16 : 1;
            for (int i = 0; i < count && nextOffset < headers.size(); i++) {
                IndexedHeader header = headers.get(nextOffset);
                store.onHeader(header.header().vvol(), new Decoded.Value<>(header), nextOffset);
                nextOffset++;
                volumes.forEach(this::noteFork); // it may end within the step
            }
        }

        /** What is in use would stay: these volumes are too small to have anything else. */
        private void spill(SimulatedVolume volume) {
            for (int pass = 0; pass < 2; pass++) {
                index.find(volume.vvol).ifPresent(blocks -> blocks.spill(Long.MAX_VALUE));
            }
        }

        /** The image gets ahead, up to the end of the log; seldom it is lost, or another's. */
        private void harden(SimulatedVolume volume) {
            long reached = hardened.get(volume.vvol);
            long end = Math.min(volume.cursor.seq(), reached + hardenedAtOnceMax);
            long seq =
                    random.nextInt(12) == 0
                            ? random.nextLong(reached + 1)
                            : reached + random.nextLong(end - reached + 1);
            hardened.put(volume.vvol, seq);
            told.put(volume.vvol, seq);
            store.onHardened(volume.vvol, seq);
        }

        private void hardenElsewhere(SimulatedVolume volume) {
            long reached = elsewhere.get(volume.vvol);
            elsewhere.put(
                    volume.vvol, reached + random.nextLong(volume.cursor.seq() - reached + 1));
            tellEverywhere(volume);
        }

        private void tellEverywhere(SimulatedVolume volume) {
            index.onHardenedEverywhere(
                    volume.vvol, Math.min(hardened.get(volume.vvol), elsewhere.get(volume.vvol)));
        }

        private void checkElsewhere(SimulatedVolume volume) {
            DirtyBlocks blocks = index.find(volume.vvol).orElse(null);
            long size = (long) SECTORS * SimulatedVolume.SECTOR;
            long seq = elsewhere.get(volume.vvol);
            List<BlockRange> lacking =
                    blocks == null ? null : blocks.lackingAfter(seq, 0, size, SECTORS).orElse(null);
            if (lacking == null || isInFork(volume, blocks)) {
                return;
            }
            elsewhereChecks++;
            long[] newest = volume.newest.get((int) blocks.logEnd().seq());
            boolean[] found = new boolean[SECTORS];
            for (BlockRange range : lacking) {
                int from = (int) (range.offset() / SimulatedVolume.SECTOR);
                int length = (int) (range.length() / SimulatedVolume.SECTOR);
                Arrays.fill(found, from, from + length, true);
            }
            for (int sector = 0; sector < found.length; sector++) {
                if (newest[sector] > seq) {
                    assertThat(found[sector]).as("lacking elsewhere").isTrue();
                } else if (!mayBeTooMuch.contains(volume.vvol)) {
                    assertThat(found[sector]).as("lacking elsewhere").isFalse();
                }
            }
        }

        private void commit() {
            nowNanos += 10_000_000_000L;
            store.commit(Map.of(PARTITION, Math.max(0L, nextOffset - 1)));
        }

        private void start() throws IOException {
            memory.close();
            memory =
                    memoryBytes == Long.MAX_VALUE
                            ? IndexMemory.unlimited()
                            : IndexMemory.limited(memoryBytes, directory.resolve("spill"));
            index = new DirtyBlockIndex(memory);
            if (random.nextInt(4) == 0) {
                damage(directory.resolve("snapshot"));
            }
            told.clear();
            volumes.forEach(this::tellEverywhere);
            store =
                    new DirtyBlockStore(
                            (topic, bytes) -> {
                                throw new UnsupportedOperationException();
                            },
                            index,
                            vvol -> OptionalLong.empty(),
                            Runnable::run,
                            () -> nowNanos);
            store.open(PARTITION, directory);
            Long committed = store.committedOffset(PARTITION);
            nextOffset = committed == null ? 0 : Math.toIntExact(committed + 1);
            // Streams may also go back further.
            if (nextOffset > 0 && random.nextInt(4) == 0) {
                nextOffset = random.nextInt(nextOffset);
            }
        }

        /** The snapshot is lost, torn, or has a wrong bit. */
        private void damage(Path snapshot) throws IOException {
            if (Files.exists(snapshot) && Files.size(snapshot) > 0) {
                byte[] bytes = Files.readAllBytes(snapshot);
                switch (random.nextInt(3)) {
                    case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                    case 1 ->
                            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    default -> {
                        Files.delete(snapshot);
                        return;
                    }
                }
                Files.write(snapshot, bytes);
            }
        }

        /** Whether the index still takes events for good that its volume's new owner has fenced. */
        private boolean isInFork(SimulatedVolume volume, DirtyBlocks blocks) {
            LogCursor end = blocks.logEnd();
            return end.seq() > volume.cursor.seq()
                    || volume.epochs.get((int) end.seq()) != end.epoch();
        }

        private void noteFork(SimulatedVolume volume) {
            DirtyBlocks blocks = index.find(volume.vvol).orElse(null);
            if (blocks != null && isInFork(volume, blocks)) {
                forks++;
                mayBeTooMuch.add(volume.vvol);
            }
        }

        private void check(SimulatedVolume volume) {
            DirtyBlocks blocks = index.find(volume.vvol).orElse(null);
            if (blocks == null) {
                return;
            }
            assertThat(blocks.gap()).isEmpty();
            if (isInFork(volume, blocks)) {
                return;
            }
            long known = blocks.logEnd().seq();
            assertThat(known).as("ReplicaNeverAheadOfLog").isLessThanOrEqualTo(volume.cursor.seq());
            if (!blocks.isComplete()) {
                return;
            }
            completeChecks++;
            long[] newest = volume.newest.get((int) known);
            long hardenedSeq = told.getOrDefault(volume.vvol, 0L);
            long[] expected = new long[SECTORS];
            for (int sector = 0; sector < expected.length; sector++) {
                expected[sector] = newest[sector] > hardenedSeq ? newest[sector] : 0;
            }
            long[] found = new long[SECTORS];
            for (DirtyExtent extent : blocks.extents(0, (long) SECTORS * SimulatedVolume.SECTOR)) {
                LogEvent event = log.get((int) extent.writesOffset());
                assertThat(event.header().seq()).isEqualTo(extent.seq());
                assertThat(event.header().offset()).isEqualTo(extent.eventOffset());
                assertThat(event.header().payloadBytes() == 0).isEqualTo(extent.isZero());
                for (long at = 0; at < extent.length(); at += SimulatedVolume.SECTOR) {
                    found[(int) ((extent.offset() + at) / SimulatedVolume.SECTOR)] = extent.seq();
                }
            }
            assertThat(found).as("LogIsTheTruth").isEqualTo(expected);
            long dirty = Arrays.stream(expected).filter(seq -> seq > 0).count();
            assertThat(blocks.dirtyBytes()).isEqualTo(dirty * SimulatedVolume.SECTOR);
        }
    }
}
