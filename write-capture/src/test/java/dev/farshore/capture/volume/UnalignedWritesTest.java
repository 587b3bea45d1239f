package dev.farshore.capture.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.capture.publish.FlakyBroker;
import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes that begin or end within a sector, beside others of the same sectors. */
@Timeout(120)
class UnalignedWritesTest {
    private static final int SECTOR_BYTES = BlockDevice.BLOCK_BYTES;
    private static final int SIZE_BYTES = 1 << 20;
    private static final int JOURNAL_BYTES = 1 << 20;

    @TempDir private Path folder;

    private final FlakyBroker broker = new FlakyBroker(7, 0);
    private @Nullable SimulatedNode node;

    /** Remembers what it was told. */
    private static final class Told implements Completion {
        final AtomicBoolean isTaken = new AtomicBoolean();
        final CompletableFuture<Void> done = new CompletableFuture<>();

        @Override
        public void payloadTaken() {
            isTaken.set(true);
        }

        @Override
        public void complete(@Nullable IOException error) {
            if (error == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(error);
            }
        }

        void await() throws Exception {
            done.get(60, TimeUnit.SECONDS);
        }
    }

    @BeforeEach
    void start() throws Exception {
        node =
                new SimulatedNode(
                        "a",
                        "a-1",
                        folder.resolve("journals"),
                        broker,
                        new WriteEventCodec(1),
                        new WriteHeaderCodec(2),
                        Duration.ofSeconds(20));
        node.host.specChanged(
                VolumeSpec.newBuilder()
                        .setVvol("disk")
                        .setVm("vm")
                        .setSizeBytes(SIZE_BYTES)
                        .setPartition(0)
                        .setOwner("a")
                        .setEpoch(1)
                        .setPhase(Phase.OPEN)
                        .setDurability(Durability.LOG)
                        .setJournalBytes(JOURNAL_BYTES)
                        .setCreatedMicros(0)
                        .build());
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private BlockDevice device() throws Exception {
        return node.host.open("disk", new TestClient());
    }

    /** Starts to write some bytes anywhere. */
    private static Told startWrite(BlockDevice device, long offset, byte[] bytes, boolean fua) {
        int head = (int) (offset % SECTOR_BYTES);
        int tail = (int) (-(offset + bytes.length) & SECTOR_BYTES - 1);
        ByteBuffer sectors = ByteBuffer.allocate(head + bytes.length + tail);
        sectors.put(head, bytes);
        Told told = new Told();
        if ((head | tail) == 0) {
            device.write(offset, sectors, fua, told);
        } else {
            device.writeUnaligned(offset - head, sectors, head, tail, fua, told);
        }
        return told;
    }

    private static byte[] readAll(BlockDevice device) throws IOException {
        byte[] all = new byte[SIZE_BYTES];
        device.read(0, ByteBuffer.wrap(all));
        return all;
    }

    /** Each byte has one writer, and each sector many: none may undo what another has written. */
    @Test
    void shouldLeaveWhatOthersWriteInTheSameSectorAlone() throws Exception {
        BlockDevice device = device();
        int writers = 8;
        int partBytes = SECTOR_BYTES / writers * 2; // two sectors, so that some touch both
        int rounds = 300;
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            int number = i;
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            for (int round = 1; round <= rounds; round++) {
                                                byte[] bytes = new byte[partBytes];
                                                Arrays.fill(bytes, (byte) (round * 7 + number));
                                                startWrite(
                                                                device,
                                                                (long) number * partBytes + 100,
                                                                bytes,
                                                                false)
                                                        .await();
                                            }
                                        } catch (Exception e) {
                                            synchronized (failures) {
                                                failures.add(e);
                                            }
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        byte[] all = readAll(device);
        for (int i = 0; i < writers; i++) {
            int from = i * partBytes + 100;
            assertThat(Arrays.copyOfRange(all, from, from + partBytes))
                    .as("writer %d", i)
                    .containsOnly((byte) (rounds * 7 + i));
        }
    }

    /** Whole sectors, parts of them, zeroes and discards, any number in flight. */
    @Test
    void shouldReadWhatWasWrittenWhateverCameBefore() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        BlockDevice device = device();
        byte[] expected = new byte[SIZE_BYTES];
        for (int round = 0; round < 150; round++) {
            List<Told> inFlight = new ArrayList<>();
            // Ranges in flight together do not meet; their sectors may.
            int at = random.nextInt(2000);
            while (at < 60_000) {
                int length = 1 + random.nextInt(1500);
                if (random.nextInt(3) == 0) {
                    at = (at + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
                    length = SECTOR_BYTES * (1 + random.nextInt(3));
                }
                byte[] bytes = new byte[length];
                if (length % SECTOR_BYTES == 0 && at % SECTOR_BYTES == 0 && random.nextBoolean()) {
                    Told told = new Told();
                    device.writeZeroes(at, length, random.nextBoolean(), false, told);
                    inFlight.add(told);
                } else {
                    random.nextBytes(bytes);
                    inFlight.add(startWrite(device, at, bytes, false));
                }
                System.arraycopy(bytes, 0, expected, at, length);
                at += length + (random.nextBoolean() ? 0 : random.nextInt(600));
            }
            for (Told told : inFlight) {
                told.await();
            }
            assertThat(Arrays.equals(readAll(device), expected))
                    .as("round %d, seed %d", round, seed)
                    .isTrue();
        }
    }

    @Test
    void shouldWaitItsTurnWhenTheJournalIsFullAndMakeNoneWaitAfterwards() throws Exception {
        BlockDevice device = device();
        startWrite(device, 0, new byte[SECTOR_BYTES], false).await();
        broker.fallSilent();
        List<Told> held = new ArrayList<>();
        byte[] block = new byte[64 << 10];
        for (int i = 0; i < 2 * JOURNAL_BYTES / block.length; i++) {
            Arrays.fill(block, (byte) i);
            held.add(startWrite(device, 0, block.clone(), false));
        }
        Told part = startWrite(device, 100, new byte[] {1, 2, 3}, true);
        Told behind = startWrite(device, 4096, new byte[] {4}, false);
        Told last = held.getLast();
        CompletableFuture<Boolean> isOvertaken =
                last.done.thenApply(done -> part.isTaken.get() || part.done.isDone());
        assertThat(last.done).isNotDone();
        broker.answer();
        for (Told told : held) {
            told.await();
        }
        part.await();
        behind.await();
        assertThat(isOvertaken).isCompletedWithValue(false);
        byte[] expected = block.clone();
        System.arraycopy(new byte[] {1, 2, 3}, 0, expected, 100, 3);
        expected[4096] = 4;
        assertThat(Arrays.copyOf(readAll(device), block.length)).isEqualTo(expected);
    }

    @Test
    void shouldHandThePayloadBackWhenTheJournalHasItThoughTheLogHasNot() throws Exception {
        BlockDevice device = device();
        broker.fallSilent();
        Told whole = startWrite(device, 0, new byte[SECTOR_BYTES], true);
        assertThat(whole.isTaken).isTrue();
        Told part = startWrite(device, 700, new byte[10], true);
        await().untilTrue(part.isTaken);
        assertThat(whole.done).isNotDone();
        assertThat(part.done).isNotDone();
        broker.answer();
        whole.await();
        part.await();
    }
}
