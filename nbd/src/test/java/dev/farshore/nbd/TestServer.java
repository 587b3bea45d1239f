package dev.farshore.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.server.NbdServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/** A server with one export, {@code disk}, that is checked for leaks when it is closed. */
final class TestServer implements AutoCloseable {
    static final long SIZE_BYTES = 1L << 30;

    final NbdServer server;
    final OneExport exports;

    TestServer(BlockDevice device) throws IOException {
        this(device, NbdLimits.defaults());
    }

    TestServer(BlockDevice device, NbdLimits limits) throws IOException {
        this(device, limits, TlsPolicy.OFF);
    }

    TestServer(BlockDevice device, NbdLimits limits, TlsPolicy tls) throws IOException {
        exports = new OneExport("disk", device);
        server =
                new NbdServer(
                        exports, List.of(NbdListener.tcp("127.0.0.1", 0).withTls(tls)), limits);
        server.start();
    }

    SocketAddress address() {
        return server.addresses().getFirst();
    }

    String uri() {
        return "nbd://127.0.0.1:" + ((InetSocketAddress) address()).getPort() + "/disk";
    }

    RawClient connect() throws IOException {
        return new RawClient(address());
    }

    /** A client in transmission, with simple replies. */
    RawClient connectToDisk() throws IOException {
        return connect().greet().go("disk");
    }

    /** The proof that nothing a test did has hurt: the next client is served. */
    void assertUnharmed() throws IOException {
        try (RawClient client = connectToDisk()) {
            client.request(NbdProtocol.CMD_FLUSH, 0, 7, 0, 0).send();
            assertThat(client.simpleReply()).isEqualTo(new RawClient.SimpleReply(0, 7));
        }
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(
                        () -> {
                            assertThat(server.connections()).isZero();
                            assertThat(server.payloadBytesInFlight()).isZero();
                        });
    }

    @Override
    public void close() {
        server.close();
        assertThat(server.connections()).isZero();
        assertThat(server.payloadBytesInFlight()).isZero();
    }
}
