package dev.farshore.nbd;

import static dev.farshore.nbd.NbdProtocol.*;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.server.NbdServer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Addresses, and the limits on whoever connects to them. */
class ListenerTest {
    @TempDir Path folder;

    private final OneExport exports = new OneExport("disk", new MemoryDevice(1 << 20));

    private NbdServer started(List<NbdListener> listeners) throws IOException {
        NbdServer server = new NbdServer(exports, listeners, NbdLimits.defaults());
        server.start();
        return server;
    }

    private static boolean greets(SocketChannel client) throws IOException {
        ByteBuffer greeting = ByteBuffer.allocate(GREETING_BYTES);
        while (greeting.hasRemaining()) {
            if (client.read(greeting) < 0) {
                return false;
            }
        }
        return greeting.getLong(0) == INIT_PASSWD_MAGIC;
    }

    @Test
    void shouldServeOnSeveralAddressesAtOnce() throws IOException {
        Path path = folder.resolve("nbd.sock");
        try (NbdServer server =
                        started(
                                List.of(
                                        NbdListener.tcp("127.0.0.1", 0),
                                        NbdListener.unix(path),
                                        NbdListener.tcp("127.0.0.1", 0)));
                SocketChannel first = SocketChannel.open(server.addresses().get(0));
                SocketChannel second = SocketChannel.open(server.addresses().get(1));
                SocketChannel third = SocketChannel.open(server.addresses().get(2))) {
            assertThat(greets(first)).isTrue();
            assertThat(greets(second)).isTrue();
            assertThat(greets(third)).isTrue();
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldTakeOverTheSocketFileOfADeadServer() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("nbd.sock"));
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(address);
        dead.close();
        assertThat(address.getPath()).exists();
        try (NbdServer server = started(List.of(NbdListener.unix(address.getPath())));
                SocketChannel client = SocketChannel.open(address)) {
            assertThat(greets(client)).isTrue();
            assertThat(server.addresses()).containsExactly(address);
        }
    }

    @Test
    void shouldLeaveTheSocketFileToTheServerThatLives() throws IOException {
        Path path = folder.resolve("nbd.sock");
        try (NbdServer server = started(List.of(NbdListener.unix(path)))) {
            assertThatIOException()
                    .isThrownBy(() -> started(List.of(NbdListener.unix(path))))
                    .withMessageContaining(path.toString());
            try (SocketChannel client = SocketChannel.open(server.addresses().getFirst())) {
                assertThat(greets(client)).isTrue();
            }
        }
    }

    @Test
    void shouldListenOnNothingIfOneAddressIsTaken() throws IOException {
        Path path = folder.resolve("nbd.sock");
        try (NbdServer first = started(List.of(NbdListener.tcp("127.0.0.1", 0)))) {
            int taken = ((InetSocketAddress) first.addresses().getFirst()).getPort();
            assertThatIOException()
                    .isThrownBy(
                            () ->
                                    started(
                                            List.of(
                                                    NbdListener.unix(path),
                                                    NbdListener.tcp("127.0.0.1", taken))))
                    .withMessageContaining(String.valueOf(taken));
            assertThat(Files.exists(path)).isFalse();
        }
    }

    @Test
    void shouldHangUpOnAClientThatNegotiatesTooLong() throws IOException {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        Duration.ofMillis(300),
                        Duration.ofSeconds(2),
                        defaults.stallTime(),
                        defaults.drainTime(),
                        10,
                        10,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        try (TestServer server = new TestServer(new MemoryDevice(1 << 20), limits);
                RawClient silent = server.connect();
                RawClient chatty = server.connect().greet()) {
            // Neither silence nor talking on and on keeps a place for ever.
            await().until(() -> !isAnswered(chatty));
            silent.in.readNBytes(GREETING_BYTES);
            assertThat(silent.isClosedByServer()).isTrue();
        }
    }

    @Test
    void shouldLetAClientThatListsAskAboutEachExport() throws Exception {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        Duration.ofMillis(500),
                        Duration.ofMinutes(1),
                        defaults.stallTime(),
                        defaults.drainTime(),
                        10,
                        10,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        try (TestServer server = new TestServer(new MemoryDevice(1 << 20), limits);
                RawClient client = server.connect().greet()) {
            // Each in its time; all together take several times as long.
            for (int i = 0; i < 8; i++) {
                client.option(OPT_INFO, RawClient.exportRequest("disk"));
                assertThat(client.finalReply().type()).isEqualTo(REP_ACK);
                Thread.sleep(200);
            }
            client.go("disk").request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThat(client.simpleReply().error()).isZero();
        }
    }

    private static boolean isAnswered(RawClient client) {
        try {
            return client.option(OPT_LIST).finalReply().type() == REP_ACK;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldHangUpOnAClientThatStallsInTheMiddleOfARequest() throws IOException {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        defaults.handshakeTime(),
                        defaults.negotiationTime(),
                        Duration.ofMillis(300),
                        defaults.drainTime(),
                        10,
                        10,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        try (TestServer server = new TestServer(new MemoryDevice(1 << 20), limits);
                RawClient idle = server.connectToDisk();
                RawClient inPayload = server.connectToDisk();
                RawClient inHeader = server.connectToDisk()) {
            inPayload.request(CMD_WRITE, 0, 1, 0, 512).payload(new byte[100]).send();
            inHeader.payload(new byte[] {0x25, 0x60}).send();
            assertThat(inPayload.isClosedByServer()).isTrue();
            assertThat(inHeader.isClosedByServer()).isTrue();
            // Saying nothing is no stall.
            idle.request(CMD_FLUSH, 0, 1, 0, 0).send();
            assertThat(idle.simpleReply().error()).isZero();
        }
    }

    @Test
    void shouldHangUpOnAClientThatDoesNotTakeItsReplies() throws IOException {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        defaults.handshakeTime(),
                        defaults.negotiationTime(),
                        Duration.ofMillis(500),
                        defaults.drainTime(),
                        10,
                        100,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        try (TestServer server = new TestServer(new MemoryDevice(1 << 30), limits);
                RawClient client = server.connectToDisk()) {
            for (int i = 0; i < 20; i++) {
                client.request(CMD_READ, 0, i, 0, 8 << 20).send();
            }
            await().until(() -> server.server.connections() == 0);
            assertThat(server.server.payloadBytesInFlight()).isZero();
        }
    }

    @Test
    void shouldAdmitNoMoreConnectionsThanAllowed() throws IOException {
        NbdLimits defaults = NbdLimits.defaults();
        NbdLimits limits =
                new NbdLimits(
                        defaults.handshakeTime(),
                        defaults.negotiationTime(),
                        defaults.stallTime(),
                        defaults.drainTime(),
                        2,
                        10,
                        defaults.maxPayloadBytes(),
                        defaults.bytesPerExport(),
                        defaults.bytesInAll());
        try (TestServer server = new TestServer(new MemoryDevice(1 << 20), limits)) {
            try (RawClient one = server.connectToDisk();
                    RawClient two = server.connectToDisk();
                    RawClient three = server.connect()) {
                assertThat(three.isClosedByServer()).isTrue();
                one.request(CMD_FLUSH, 0, 1, 0, 0).send();
                assertThat(one.simpleReply().error()).isZero();
                two.request(CMD_DISC, 0, 1, 0, 0).send();
                assertThat(two.isClosedByServer()).isTrue();
            }
            await().until(() -> server.server.connections() == 0);
            server.assertUnharmed();
        }
    }

    @Test
    void shouldRefuseLimitsThatCantWork() {
        NbdLimits good = NbdLimits.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                new NbdLimits(
                                        good.handshakeTime(),
                                        good.negotiationTime(),
                                        good.stallTime(),
                                        good.drainTime(),
                                        1,
                                        1,
                                        good.maxPayloadBytes(),
                                        good.maxPayloadBytes() - 1,
                                        good.bytesInAll()))
                .withMessageContaining("bytesPerExport");
    }
}
