package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.Exports;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Seeds of a volume that several clients write to, through the node's own parts. */
@Timeout(120)
class VolumeSeedTest {
    private static final int SIZE_BYTES = 4 << 20;
    private static final int REGION_BYTES = 64 << 10;
    private static final int CLIENTS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;

    private final long seed = Long.getLong("farshore.seed", System.nanoTime());
    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final FlakyBroker broker = new FlakyBroker(seed, 0);
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** What the clients have made of the volume; each knows regions of its own. */
    private final byte[] expected = new byte[SIZE_BYTES];

    private final class Node extends SimulatedNode {
        Node() throws IOException {
            super(
                    "a",
                    "a-1",
                    folder.resolve("data").resolve("journals"),
                    broker,
                    events,
                    headers,
                    Duration.ofSeconds(30));
            opened.add(this);
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable node : opened.reversed()) {
            node.close();
        }
    }

    @Test
    void shouldSeedAnotherSiteWithAllOfTheVolumeWhileItIsWritten() throws Exception {
        System.out.println("VolumeSeedTest seed " + seed + " (-Dfarshore.seed)");
        Node node = new Node();
        node.host.specChanged(spec("", 0));
        write(node, 200);
        node.images.siteInNeed = "site b: it lost its image";
        write(node, 600);
        awaitFinished();

        assertThat(madeFromSeed()).as("seed %d", seed).isEqualTo(expected);
        assertThat(read(node, 0, SIZE_BYTES)).as("seed %d", seed).isEqualTo(expected);
    }

    @Test
    void shouldImportADiskWhileItIsWrittenAndGoOnAfterARestart() throws Exception {
        System.out.println("VolumeSeedTest seed " + seed + " (-Dfarshore.seed)");
        byte[] disk = new byte[SIZE_BYTES - 3 * REGION_BYTES];
        new Random(seed).nextBytes(disk);
        Arrays.fill(disk, 5 * REGION_BYTES, 9 * REGION_BYTES, (byte) 0);
        System.arraycopy(disk, 0, expected, 0, disk.length);
        Path image = Files.write(folder.resolve("disk.img"), disk);

        Node first = new Node();
        // So slow that it does not end before the restart.
        first.host.specChanged(spec(image.toString(), 1 << 18));
        write(first, 100);
        assertThat(isFinished()).as("finished before the restart").isFalse();
        first.close();

        Node second = new Node();
        second.host.specChanged(spec(image.toString(), 8 << 20));
        write(second, 300);
        awaitFinished();

        assertThat(madeFromSeed()).as("seed %d", seed).isEqualTo(expected);
        assertThat(read(second, 0, SIZE_BYTES)).as("seed %d", seed).isEqualTo(expected);
    }

    /** Clients write, and read what they wrote and what was there before, each in its regions. */
    private void write(Node node, int requests) throws Exception {
        List<Future<?>> clients = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                clients.add(
                        threads.submit(
                                () -> {
                                    work(node, client, requests);
                                    return null;
                                }));
            }
            for (Future<?> client : clients) {
                client.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private void work(Node node, int client, int requests) throws Exception {
        Random random = new Random(seed * 31 + client * 7L + requests);
        BlockDevice device = node.host.open("disk", new Quiet());
        for (int i = 0; i < requests; i++) {
            int region = client + CLIENTS * random.nextInt(SIZE_BYTES / REGION_BYTES / CLIENTS);
            int sector = random.nextInt(REGION_BYTES / 512);
            int from = region * REGION_BYTES + sector * 512;
            int bytes = 512 * (1 + random.nextInt(Math.min(24, REGION_BYTES / 512 - sector)));
            if (random.nextInt(3) == 0) {
                ByteBuffer seen = ByteBuffer.allocate(bytes);
                device.read(from, seen);
                assertThat(seen.array())
                        .as("seed %d: %d bytes at %d", seed, bytes, from)
                        .isEqualTo(Arrays.copyOfRange(expected, from, from + bytes));
            } else {
                change(device, random, from, bytes);
            }
        }
        device.close();
    }

    private void change(BlockDevice device, Random random, int from, int bytes) throws Exception {
        byte[] payload = new byte[bytes];
        CompletableFuture<Void> done = new CompletableFuture<>();
        BlockDevice.Completion completion =
                error -> {
                    if (error == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(error);
                    }
                };
        if (random.nextInt(5) == 0) {
            device.trim(from, bytes, false, completion);
        } else {
            random.nextBytes(payload);
            device.write(from, ByteBuffer.wrap(payload), false, completion);
        }
        device.settle();
        done.get(30, TimeUnit.SECONDS);
        System.arraycopy(payload, 0, expected, from, bytes);
    }

    private byte[] read(Node node, int offset, int bytes) throws Exception {
        try (BlockDevice device = node.host.open("disk", new Quiet())) {
            ByteBuffer into = ByteBuffer.allocate(bytes);
            device.read(offset, into);
            return into.array();
        }
    }

    private void awaitFinished() {
        await().atMost(PATIENCE).until(this::isFinished);
    }

    private boolean isFinished() {
        return validEvents().stream()
                .anyMatch(event -> event.header().kind() == EventKind.SEED_FINISHED);
    }

    private List<LogEvent> validEvents() {
        List<LogEvent> valid = new ArrayList<>();
        LogCursor cursor = LogCursor.START;
        for (ProducerRecord<byte[], byte[]> record : broker.log()) {
            if (record.topic().equals(Topics.WRITES)) {
                LogEvent event = events.decode(record.value());
                if (cursor.judge(event.header()) instanceof Verdict.Next(LogCursor after)) {
                    cursor = after;
                    valid.add(event);
                }
            }
        }
        return valid;
    }

    /** An image that began empty at {@code SEED_STARTED}. */
    private byte[] madeFromSeed() {
        byte[] image = new byte[SIZE_BYTES];
        boolean isBegun = false;
        for (LogEvent event : validEvents()) {
            int from = (int) event.header().offset();
            int bytes = (int) event.header().length();
            isBegun |= event.header().kind() == EventKind.SEED_STARTED;
            if (isBegun && event.header().kind() == EventKind.WRITE) {
                event.payload().duplicate().get(image, from, bytes);
            } else if (isBegun && event.header().kind() == EventKind.TRIM) {
                Arrays.fill(image, from, from + bytes, (byte) 0);
            }
        }
        return image;
    }

    private static VolumeSpec spec(String importPath, long bytesPerSecond) {
        return VolumeSpec.newBuilder()
                .setVvol("disk")
                .setVm("vm")
                .setSizeBytes(SIZE_BYTES)
                .setPartition(0)
                .setOwner("a")
                .setEpoch(1)
                .setPhase(Phase.OPEN)
                .setDurability(Durability.LOG)
                .setCreatedMicros(0)
                .setJournalBytes(4 << 20)
                .setSeedId(importPath.isEmpty() ? 0 : 17)
                .setImportPath(importPath)
                .setImportFormat("raw")
                .setSeedBytesPerSecond(bytesPerSecond)
                .build();
    }

    private static final class Quiet implements Exports.Client {
        @Override
        public String address() {
            return "test";
        }

        @Override
        public void disconnect(String reason) {}
    }
}
