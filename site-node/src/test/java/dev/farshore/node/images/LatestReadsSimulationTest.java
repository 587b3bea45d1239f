package dev.farshore.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.capture.read.latest.LatestReader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;

/**
 * Reads of the newest data while the log, the headers, the index, the image and its hardening each
 * are where they happen to be: two volumes in a partition, owners that fail, start over, lose their
 * epochs and go on writing, and crashes of index and image. Images and index are the real ones.
 */
class LatestReadsSimulationTest {
    private static final List<String> VVOLS = List.of("one", "two");
    private static final int STEPS = 1500;
    private static final TopicPartition HEADERS = new TopicPartition(Topics.HEADERS, 0);

    private final SimulatedLog log = new SimulatedLog();
    private final List<IndexedHeader> headers = new ArrayList<>();
    private final Map<String, List<SimulatedOwner>> owners = new HashMap<>();
    private final Map<String, SimulatedReplica> replicas = new HashMap<>();
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private DirtyBlockStore store = newStore();
    private int headersTaken;
    private int reads;
    private int refused;
    private final Map<String, Integer> why = new TreeMap<>();

    /** Whether nobody writes in an epoch that has ended, and no volume becomes smaller. */
    private boolean isCalm;

    @RepeatedTest(10)
    void shouldReadWhatIsInTheLogOrSayWhyNot(@TempDir Path folder) throws IOException {
        simulate(folder);

        assertThat(reads - refused).as("reads that were not refused: %s", why).isPositive();
    }

    @RepeatedTest(10)
    void shouldReadWhatIsInTheLogWhereOwnersOnlyFail(@TempDir Path folder) throws IOException {
        isCalm = true;
        simulate(folder);

        assertThat(refused).as("reads refused of %d: %s", reads, why).isLessThan(reads / 5);
        assertThat(why.keySet())
                .as("the only doubt is about events sent again")
                .allMatch(reason -> reason.contains("of which the header has come"));
    }

    private void simulate(Path folder) throws IOException {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("LatestReadsSimulationTest seed " + seed + " (-Dfarshore.seed)");
        Random random = new Random(seed);
        store.open(HEADERS, folder.resolve("index"));
        for (String vvol : VVOLS) {
            owners.put(vvol, new ArrayList<>());
            takeOver(vvol, random);
            replicas.put(vvol, new SimulatedReplica(folder, vvol, log));
        }
        for (int step = 0; step < STEPS; step++) {
            step(VVOLS.get(random.nextInt(VVOLS.size())), folder, random);
        }
        for (SimulatedReplica replica : replicas.values()) {
            replica.image().close();
        }
        store.close();
    }

    private void step(String vvol, Path folder, Random random) throws IOException {
        SimulatedOwner owner = owners.get(vvol).getLast();
        SimulatedReplica replica = replicas.get(vvol);
        switch (random.nextInt(40)) {
            case 0, 1, 2, 3, 4, 5, 6, 7 -> owner.makeOne();
            case 8, 9, 10, 11 -> owner.publish();
            case 12, 13, 14, 15 -> owner.publishHeaders();
            case 16, 17, 18, 19, 20, 21, 22 -> takeHeaders(1 + random.nextInt(4));
            case 23, 24, 25 -> {
                for (int count = random.nextInt(12); count > 0; count--) {
                    replica.takeIn();
                }
            }
            case 26 -> {
                replica.image().harden();
                store.onHardened(vvol, replica.hardenedSeq());
            }
            case 27 -> {
                if (random.nextInt(8) == 0) {
                    takeOver(vvol, random);
                }
            }
            case 28 -> {
                if (!isCalm) {
                    stale(vvol, random);
                }
            }
            case 29 -> {
                if (random.nextInt(10) == 0) {
                    restartIndex(folder);
                }
            }
            case 30 -> {
                if (random.nextInt(10) == 0) {
                    // As after kill -9: what was written is in the file, and comes again.
                    replica.image().close();
                    replicas.put(vvol, new SimulatedReplica(folder, vvol, log));
                }
            }
            default -> read(vvol, random);
        }
    }

    /** An owner whose epoch has ended does not know it yet. */
    private void stale(String vvol, Random random) {
        List<SimulatedOwner> all = owners.get(vvol);
        SimulatedOwner stale = all.get(random.nextInt(all.size()));
        stale.makeOne();
        stale.publish();
        stale.publishHeaders();
    }

    /** Reads the log to its end, completes the headers, and opens. */
    private void takeOver(String vvol, Random random) {
        long endSeq = log.cursor(vvol).seq();
        for (long seq = 1; seq <= endSeq; seq++) {
            long offset = log.offsetOf(vvol, seq);
            IndexedHeader header = new IndexedHeader(log.event(offset).header(), offset);
            if (headers.stream().noneMatch(sent -> sent.header().equals(header.header()))) {
                headers.add(header);
            }
        }
        List<SimulatedOwner> all = owners.get(vvol);
        SimulatedOwner next =
                new SimulatedOwner(
                        vvol,
                        1 + log.cursor(vvol).epoch(),
                        endSeq + 1,
                        log,
                        headers,
                        random,
                        !isCalm);
        all.add(next);
        // It takes its own word for it only when it has read it back.
        while (log.cursor(vvol).epoch() < next.epoch()) {
            next.publish();
        }
    }

    private void takeHeaders(int count) {
        for (int taken = 0; taken < count && headersTaken < headers.size(); taken++) {
            IndexedHeader header = headers.get(headersTaken);
            store.onHeader(header.header().vvol(), new Decoded.Value<>(header), headersTaken);
            headersTaken++;
        }
    }

    private void restartIndex(Path folder) {
        store.close();
        store = newStore();
        store.open(HEADERS, folder.resolve("index"));
        Long committed = store.committedOffset(HEADERS);
        headersTaken = committed == null ? 0 : (int) (committed + 1);
    }

    private DirtyBlockStore newStore() {
        return new DirtyBlockStore(
                (topic, bytes) -> null,
                index,
                vvol -> OptionalLong.empty(),
                Runnable::run,
                System::nanoTime);
    }

    private void read(String vvol, Random random) throws IOException {
        LatestReader reader =
                new LatestReader(
                        vvol,
                        0,
                        () -> Optional.of(replicas.get(vvol)),
                        new NodeLogIndex(index),
                        log,
                        log.codec,
                        new LatestReader.Waits(Duration.ZERO, Duration.ofNanos(1)));
        int first = random.nextInt(SimulatedOwner.MAX_SECTORS);
        int count = 1 + random.nextInt(SimulatedOwner.MAX_SECTORS - first);
        long offset = (long) first * SimulatedOwner.SECTOR;
        byte[] bytes = new byte[count * SimulatedOwner.SECTOR];
        reads++;
        try {
            reader.read(offset, ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("is not known here");
            refused++;
            why.merge(String.valueOf(e.getMessage()).replaceAll("\\d+", "N"), 1, Integer::sum);
            return;
        }
        assertThat(bytes)
                .as("%s at %d, log end %d", vvol, offset, log.size())
                .isEqualTo(log.content(vvol, log.cursor(vvol).seq(), offset, bytes.length));
    }
}
