package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.RawClient.SimpleReply;
import dev.farshore.nbd.server.NbdServer;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One export's held writes, however many, must not slow another. */
class FairShareTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE_BYTES = 64 * MIB;

    /** Neither writes nor takes the payload until a test lets it. */
    private static final class Holding extends MemoryDevice {
        final Queue<Completion> held = new ConcurrentLinkedQueue<>();

        Holding() {
            super(SIZE_BYTES);
        }

        @Override
        public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
            held.add(done);
        }
    }

    private record Disks(List<Holding> holding, MemoryDevice healthy) implements Exports {
        @Override
        public List<Description> list() {
            return List.of();
        }

        @Override
        public BlockDevice open(String name, Client client) {
            return name.equals("healthy") ? healthy : holding.get(Integer.parseInt(name));
        }
    }

    private static NbdLimits limits(int bytesInAll) {
        NbdLimits defaults = NbdLimits.defaults();
        return new NbdLimits(
                defaults.handshakeTime(),
                defaults.negotiationTime(),
                defaults.stallTime(),
                defaults.drainTime(),
                100,
                256,
                MIB,
                bytesInAll / 2,
                bytesInAll);
    }

    @Test
    void shouldServeAnExportWhileAllOthersHoldTheirWrites() throws Exception {
        List<Holding> holding = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            holding.add(new Holding());
        }
        MemoryDevice healthy = new MemoryDevice(SIZE_BYTES);
        NbdServer server =
                new NbdServer(
                        new Disks(holding, healthy),
                        List.of(NbdListener.tcp("127.0.0.1", 0)),
                        limits(16 * MIB));
        server.start();
        List<RawClient> clients = new ArrayList<>();
        List<Thread> writers = new ArrayList<>();
        try {
            for (int i = 0; i < holding.size(); i++) {
                RawClient client =
                        new RawClient(server.addresses().getFirst())
                                .greet()
                                .go(Integer.toString(i));
                clients.add(client);
                writers.add(Thread.ofVirtual().start(() -> writeOnAndOn(client)));
            }
            // Until nothing moves any more.
            await().during(Duration.ofMillis(300))
                    .until(
                            () -> holding.stream().mapToInt(disk -> disk.held.size()).sum(),
                            new Still());
            try (RawClient client =
                    new RawClient(server.addresses().getFirst()).greet().go("healthy")) {
                client.socket.setSoTimeout(5000);
                for (int length : new int[] {4096, 300_032, MIB}) {
                    byte[] bytes = new byte[length];
                    new Random(length).nextBytes(bytes);
                    for (int i = 0; i < 40; i++) {
                        client.request(CMD_WRITE, 0, i, (long) i * length, length)
                                .payload(bytes)
                                .send();
                        assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, i));
                    }
                    for (int i = 0; i < 40; i++) {
                        client.request(CMD_READ, 0, i, (long) i * length, length).send();
                    }
                    for (int i = 0; i < 40; i++) {
                        assertThat(client.simpleReply().error()).isZero();
                        assertThat(client.in.readNBytes(length)).isEqualTo(bytes);
                    }
                }
            }
            // Bounded: what is shared, and the reserves.
            assertThat(server.payloadBytesInFlight()).isLessThan(16 * MIB + 31 * (MIB / 2));
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
            for (Thread writer : writers) {
                writer.join();
            }
            while (server.connections() > 0) {
                for (Holding disk : holding) {
                    for (var done = disk.held.poll(); done != null; done = disk.held.poll()) {
                        done.complete(null);
                    }
                }
                Thread.sleep(1);
            }
            server.close();
        }
        assertThat(server.payloadBytesInFlight()).isZero();
    }

    private static final class Still implements java.util.function.Predicate<Integer> {
        private int last = -1;

        @Override
        public boolean test(Integer now) {
            boolean isStill = now == last;
            last = now;
            return isStill;
        }
    }

    private static void writeOnAndOn(RawClient client) {
        byte[] bytes = new byte[MIB];
        try {
            for (int i = 0; ; i++) {
                int length = i % 3 == 0 ? 4096 : MIB;
                client.request(CMD_WRITE, 0, i, 0, length)
                        .payload(length == MIB ? bytes : new byte[length])
                        .send();
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    /** Buffers have sizes of powers of two: a payload of 3 MiB takes one of 4. */
    @Test
    void shouldServePayloadsWhoseBufferIsLargerThanAllThereIs() throws Exception {
        int bytes = 3 * MIB;
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits tight =
                new NbdLimits(
                        defaults.handshakeTime(),
                        defaults.negotiationTime(),
                        defaults.stallTime(),
                        defaults.drainTime(),
                        10,
                        10,
                        bytes,
                        bytes,
                        bytes);
        byte[] payload = new byte[bytes];
        new Random(1).nextBytes(payload);
        try (TestServer server = new TestServer(new MemoryDevice(SIZE_BYTES), tight)) {
            try (RawClient client = server.connectToDisk()) {
                client.request(CMD_WRITE, 0, 1, 0, bytes).payload(payload).send();
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
                client.request(CMD_READ, 0, 2, 0, bytes).send();
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
                assertThat(client.in.readNBytes(bytes)).isEqualTo(payload);
            }
            server.assertUnharmed();
        }
    }

    @Test
    void shouldHoldNoPayloadThatTheDeviceHasTaken() throws Exception {
        Queue<BlockDevice.Completion> answers = new ConcurrentLinkedQueue<>();
        MemoryDevice journal =
                new MemoryDevice(SIZE_BYTES) {
                    @Override
                    public void write(
                            long offset, ByteBuffer payload, boolean fua, Completion done) {
                        super.write(offset, payload, fua, error -> {});
                        done.payloadTaken();
                        answers.add(done);
                    }
                };
        try (TestServer server = new TestServer(journal, limits(4 * MIB))) {
            try (RawClient client = server.connectToDisk()) {
                byte[] bytes = new byte[256 << 10];
                for (int i = 0; i < 100; i++) {
                    client.request(CMD_WRITE, CMD_FLAG_FUA, i, 0, bytes.length)
                            .payload(bytes)
                            .send();
                }
                await().until(() -> answers.size() == 100);
                assertThat(server.server.payloadBytesInFlight()).isZero();
                for (int i = 0; i < 100; i++) {
                    answers.remove().complete(null);
                    assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, i));
                }
            }
            server.assertUnharmed();
        }
    }
}
