package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.nbd.RawClient.Chunk;
import dev.farshore.nbd.RawClient.SimpleReply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Requests in flight together, and devices that take their time or fail. */
class ConcurrencyTest {
    private static final Duration FIVE_SECONDS = Duration.ofSeconds(5);

    private final GatedDevice device = new GatedDevice();
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        device.reads.countDown();
        server.assertUnharmed();
        server.close();
    }

    private Completion nextWrite() throws InterruptedException {
        Completion write = device.writes.poll(10, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(write).isNotNull();
        return write;
    }

    private static void send(RawClient client, long cookie) throws IOException {
        client.request(CMD_WRITE, 0, cookie, 0, 512).payload(new byte[512]).send();
    }

    @Test
    void shouldAnswerInTheOrderInWhichRequestsAreDone() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            send(client, 2);
            Completion first = nextWrite();
            Completion second = nextWrite();
            second.complete(null);
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
            first.complete(null);
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
        }
    }

    @Test
    void shouldNotLetASlowReadHoldUpOthers() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            client.request(CMD_READ, 0, 1, 0, 512).send();
            client.request(CMD_FLUSH, 0, 2, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
            device.reads.countDown();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
        }
    }

    @Test
    void shouldReadAtOnceWhatIsInMemory() throws Exception {
        AtomicReference<Thread> reading = new AtomicReference<>();
        AtomicReference<Thread> writing = new AtomicReference<>();
        MemoryDevice inMemory =
                new MemoryDevice(TestServer.SIZE_BYTES) {
                    @Override
                    public boolean canReadAtOnce(long offset, long length) {
                        return offset == 0;
                    }

                    @Override
                    public void read(long offset, ByteBuffer into) throws IOException {
                        reading.set(Thread.currentThread());
                        super.read(offset, into);
                    }

                    @Override
                    public void flush(Completion done) {
                        writing.set(Thread.currentThread());
                        super.flush(done);
                    }
                };
        try (TestServer other = new TestServer(inMemory);
                RawClient client = other.connectToDisk()) {
            client.request(CMD_FLUSH, 0, 1, 0, 0).send();
            client.simpleReply();
            for (long offset : new long[] {0, 512}) {
                client.request(CMD_READ, 0, 2, offset, 512).send();
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
                assertThat(client.in.readNBytes(512)).containsOnly(0);
                assertThat(reading.get() == writing.get()).isEqualTo(offset == 0);
            }
        }
    }

    @Test
    void shouldSayHowAWriteFailed() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            for (DeviceException.Kind kind : DeviceException.Kind.values()) {
                if (kind == DeviceException.Kind.SHUTTING_DOWN) {
                    continue;
                }
                send(client, 1);
                nextWrite().complete(new DeviceException(kind, "no"));
                int error =
                        switch (kind) {
                            case READ_ONLY -> EPERM;
                            case NO_SPACE -> ENOSPC;
                            case SHUTTING_DOWN -> throw new IllegalStateException();
                            case NOT_SUPPORTED -> ENOTSUP;
                        };
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(error, 1));
            }
            send(client, 1);
            nextWrite().complete(new IOException("the disk is on fire"));
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EIO, 1));
        }
    }

    /**
     * A guest would take an error for its disk's: the client has to look for the volume instead.
     */
    @Test
    void shouldHangUpInsteadOfFailingARequestOfAVolumeThatIsServedElsewhereNow() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            nextWrite()
                    .complete(new DeviceException(DeviceException.Kind.SHUTTING_DOWN, "not here"));
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldSayWhyAReadFailed() throws Exception {
        // Long enough to be cut, in the middle of a character if done carelessly.
        device.readFailure = new IOException("x" + "é".repeat(400));
        try (RawClient client = server.connect().greet().agree(OPT_STRUCTURED_REPLY).go("disk")) {
            client.request(CMD_READ, 0, 1, 0, 512).send();
            Chunk chunk = client.chunk();
            assertThat(chunk.error()).isEqualTo(EIO);
            assertThat(chunk.errorText()).isEqualTo("x" + "é".repeat(255));
        }
    }

    @Test
    void shouldSurviveADefectOfTheDevice() throws Exception {
        device.defect = new IllegalStateException("a defect");
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EIO, 1));
            client.request(CMD_READ, 0, 2, 0, 512).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(EIO, 2));
        }
    }

    @Test
    void shouldAnswerOnceEvenIfTheDeviceCompletesTwice() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            Completion write = nextWrite();
            write.complete(null);
            write.complete(new IOException("again"));
            client.request(CMD_FLUSH, 0, 2, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 2));
        }
    }

    @Test
    void shouldAnswerRequestsCompletedFromManyThreads() throws Exception {
        int count = 200;
        try (RawClient client = server.connectToDisk()) {
            for (int i = 0; i < count; i++) {
                client.request(CMD_WRITE, 0, i, i * 512L, 512).payload(new byte[512]);
            }
            client.send();
            List<Thread> threads = new ArrayList<>();
            CountDownLatch go = new CountDownLatch(1);
            for (int i = 0; i < count; i++) {
                Completion write = nextWrite();
                threads.add(
                        Thread.ofVirtual()
                                .start(
                                        () -> {
                                            try {
                                                go.await();
                                            } catch (InterruptedException e) {
                                                throw new IllegalStateException(e);
                                            }
                                            write.complete(null);
                                        }));
            }
            go.countDown();
            boolean[] answered = new boolean[count];
            for (int i = 0; i < count; i++) {
                SimpleReply reply = client.simpleReply();
                assertThat(answered[(int) reply.cookie()]).isFalse();
                answered[(int) reply.cookie()] = true;
            }
        }
    }

    @Test
    void shouldKeepTheDeviceOpenUntilWhatIsInFlightIsDone() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
        }
        Completion write = nextWrite();
        await().pollDelay(Duration.ofMillis(100)).until(() -> device.closes.get() == 0);
        write.complete(null);
        await().until(() -> device.closes.get() == 1);
    }

    @Test
    void shouldHangUpWithoutAnAnswerWhenTheVolumeMovesAway() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            Completion write = nextWrite();
            server.exports.clients.getFirst().disconnect("the volume moves to another site");
            assertThat(client.isClosedByServer()).isTrue();
            write.complete(null);
        }
    }

    @Test
    void shouldAdmitNoMoreRequestsThanAllowed() throws Exception {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        defaults.handshakeTime(),
                        defaults.negotiationTime(),
                        defaults.stallTime(),
                        defaults.drainTime(),
                        10,
                        4,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        GatedDevice gated = new GatedDevice();
        try (TestServer small = new TestServer(gated, limits);
                RawClient client = small.connectToDisk()) {
            for (int i = 0; i < 20; i++) {
                send(client, i);
            }
            for (int i = 0; i < 20; i++) {
                assertThat(gated.writes.size()).isLessThanOrEqualTo(4);
                Completion write = gated.writes.poll(10, java.util.concurrent.TimeUnit.SECONDS);
                assertThat(write).isNotNull();
                write.complete(null);
                assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, i));
            }
        }
    }

    @Test
    void shouldBoundTheBytesInFlightOverAllConnections() throws Exception {
        int limitBytes = 4 << 20;
        GatedDevice gated = new GatedDevice();
        try (TestServer small = new TestServer(gated, bytes(1 << 20, limitBytes));
                RawClient one = small.connectToDisk();
                RawClient two = small.connectToDisk()) {
            // More than fits, but no more than the sockets take without anybody reading.
            for (int i = 0; i < 3; i++) {
                one.request(CMD_READ, 0, i, 0, 1 << 20).send();
                two.request(CMD_READ, 0, i, 0, 1 << 20).send();
            }
            // An export takes no more than it leaves to others; the rest is read piece by piece.
            await().until(() -> small.server.payloadBytesInFlight() == limitBytes / 2);
            gated.reads.countDown();
            for (RawClient client : List.of(one, two)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(client.simpleReply().error()).isZero();
                    assertThat(client.in.readNBytes(1 << 20)).hasSize(1 << 20);
                }
            }
        }
    }

    private static NbdLimits bytes(int maxPayloadBytes, long bytesInAll) {
        NbdLimits defaults = NbdLimits.defaults();
        return new NbdLimits(
                defaults.handshakeTime(),
                defaults.negotiationTime(),
                defaults.stallTime(),
                defaults.drainTime(),
                10,
                100,
                maxPayloadBytes,
                bytesInAll,
                bytesInAll);
    }

    @Test
    void shouldFinishWhatIsInFlightAndTakeNothingMoreWhenItStops() throws Exception {
        try (RawClient client = server.connectToDisk();
                RawClient negotiating = server.connect().greet()) {
            // A reply shows that the server has taken this client in.
            negotiating.option(OPT_LIST).finalReply();
            send(client, 1);
            Completion write = nextWrite();
            Thread closing = Thread.ofVirtual().start(server.server::close);
            await().until(
                            () ->
                                    negotiating.option(OPT_LIST).finalReply().type()
                                            == REP_ERR_SHUTDOWN);
            // Not even with an error: it would reach the guest.
            client.request(CMD_FLUSH, 0, 2, 0, 0).send();
            write.complete(null);
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
            assertThat(client.isClosedByServer()).isTrue();
            closing.join();
        }
        server = new TestServer(device);
    }

    @Test
    void shouldStopInTimeAndWithoutAnAnswerWhenAWriteIsHeld() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            Completion held = nextWrite();
            long startNanos = System.nanoTime();
            Thread closing = Thread.ofVirtual().start(server.server::close);
            assertThat(client.isClosedByServer()).isTrue();
            // What ends it in the end is the volume, which is closed after the server.
            held.complete(
                    new DeviceException(DeviceException.Kind.SHUTTING_DOWN, "the node stops"));
            closing.join();
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(FIVE_SECONDS);
        }
        server = new TestServer(device);
    }

    @Test
    void shouldNotAnswerBeforeTheDeviceHasDoneIt() throws Exception {
        try (RawClient client = server.connectToDisk()) {
            send(client, 1);
            Completion write = nextWrite();
            client.socket.setSoTimeout(200);
            assertThat(catchTimeout(client)).isTrue();
            client.socket.setSoTimeout(10_000);
            write.complete(null);
            assertThat(client.simpleReply()).isEqualTo(new SimpleReply(OK, 1));
        }
    }

    private static boolean catchTimeout(RawClient client) throws IOException {
        try {
            client.in.readByte();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }
}
