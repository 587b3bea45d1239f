package dev.farshore.testkit.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.nbd.NbdProtocol;
import dev.farshore.nbd.client.ConnectionLostException;
import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdErrorException;
import dev.farshore.nbd.client.NbdNegotiationException;
import dev.farshore.nbd.client.NbdUri;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

class NbdClientTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @TempDir Path folder;

    @Test
    void shouldLearnSizeFlagsAndBlockSizesOfAnExport() throws Exception {
        Path image = sparse("image", 64 << 20);
        try (RealServer server = RealServer.qemuNbd(folder.resolve("s"), image, "disk");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT)) {
            assertThat(client.info().sizeBytes()).isEqualTo(64 << 20);
            assertThat(client.info().minimumBlockBytes()).isPositive();
            assertThat(client.info().maximumPayloadBytes()).isGreaterThanOrEqualTo(32 << 20);
            assertThat(client.info().isReadOnly()).isFalse();
            assertThat(client.info().hasFlush()).isTrue();
            assertThat(client.info().hasFua()).isTrue();
            assertThat(client.info().hasTrim()).isTrue();
            assertThat(client.info().hasWriteZeroes()).isTrue();
        }
    }

    @Test
    void shouldDoEveryCommandOnQemuNbd() throws Exception {
        Path image = sparse("image", 1 << 20);
        try (RealServer server = RealServer.qemuNbd(folder.resolve("s"), image, "disk");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT)) {
            get(client.write(4096, bytes(4096, 7), false));
            get(client.write(8192, bytes(512, 9), true));
            get(client.write(12288, bytes(8192, 5), false));
            get(client.flush());
            get(client.writeZeroes(12288, 4096, false, true));
            get(client.trim(16384, 4096, false));

            assertThat(read(client, 4096, 4096)).isEqualTo(bytes(4096, 7));
            assertThat(read(client, 8192, 1024))
                    .isEqualTo(ByteBuffer.allocate(1024).put(bytes(512, 9)).clear());
            assertThat(read(client, 12288, 4096)).isEqualTo(ByteBuffer.allocate(4096));
        }
        // The file shows that it was the server, not this client, that kept them.
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            file.seek(4096);
            assertThat(file.read()).isEqualTo(7);
        }
    }

    @Test
    void shouldKeepManyRequestsInFlightOverTcp() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int blocks = 2000;
        try (RealServer server = RealServer.nbdkitTcp("memory", "64M");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT, 32)) {
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            List<ByteBuffer> contents = new ArrayList<>();
            for (int block = 0; block < blocks; block++) {
                byte[] content = new byte[512 + 512 * random.nextInt(20)];
                random.nextBytes(content);
                contents.add(ByteBuffer.wrap(content));
                writes.add(client.write(block * 16384L, ByteBuffer.wrap(content), false));
            }
            for (CompletableFuture<Void> write : writes) {
                get(write);
            }
            List<CompletableFuture<Void>> reads = new ArrayList<>();
            List<ByteBuffer> found = new ArrayList<>();
            for (int block = 0; block < blocks; block++) {
                ByteBuffer into = ByteBuffer.allocateDirect(contents.get(block).capacity());
                found.add(into);
                reads.add(client.read(block * 16384L, into));
            }
            for (int block = 0; block < blocks; block++) {
                get(reads.get(block));
                assertThat(found.get(block).flip()).isEqualTo(contents.get(block));
            }
        }
    }

    @Test
    void shouldTellARefusedRequestFromALostConnection() throws Exception {
        try (RealServer server = RealServer.nbdkit(folder.resolve("s"), "memory", "1M");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT)) {
            assertThatThrownBy(() -> get(client.read(1 << 20, ByteBuffer.allocate(512))))
                    .isInstanceOfSatisfying(
                            NbdErrorException.class,
                            e -> assertThat(e.error()).isEqualTo(NbdProtocol.EINVAL))
                    .hasMessageContaining("READ of 512 bytes at 1048576");
            get(client.flush());
        }
    }

    @Test
    void shouldCompleteWhatIsInFlightAsLostWhenTheServerIsKilled() throws Exception {
        try (RealServer server =
                        RealServer.nbdkit(
                                folder.resolve("s"),
                                "--filter=delay",
                                "memory",
                                "1M",
                                "delay-write=60");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT)) {
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int write = 0; write < 10; write++) {
                writes.add(client.write(write * 4096L, bytes(4096, 1), false));
            }
            server.kill();

            for (CompletableFuture<Void> write : writes) {
                assertThatThrownBy(() -> get(write)).isInstanceOf(ConnectionLostException.class);
            }
            assertThatThrownBy(() -> get(client.flush()))
                    .isInstanceOf(ConnectionLostException.class);
            assertThat(client.isConnected()).isFalse();
        }
    }

    @Test
    void shouldFreeASenderWaitingForASlotWhenTheConnectionIsLost() throws Exception {
        try (RealServer server =
                        RealServer.nbdkit(
                                folder.resolve("s"),
                                "--filter=delay",
                                "memory",
                                "1M",
                                "delay-write=60");
                NbdClient client = NbdClient.connect(server.uri(), TIMEOUT, 1)) {
            CompletableFuture<Void> first = client.write(0, bytes(512, 1), false);
            CompletableFuture<Void> second =
                    CompletableFuture.supplyAsync(() -> client.write(512, bytes(512, 1), false))
                            .thenCompose(write -> write);
            client.abort("cut by the test");

            assertThatThrownBy(() -> get(first)).isInstanceOf(ConnectionLostException.class);
            assertThatThrownBy(() -> get(second)).isInstanceOf(ConnectionLostException.class);
        }
    }

    @Test
    void shouldSayThatAnExportIsUnknown() throws Exception {
        Path image = sparse("image", 1 << 20);
        try (RealServer server = RealServer.qemuNbd(folder.resolve("s"), image, "disk")) {
            NbdUri other = new NbdUri(server.uri().address(), "other");

            assertThatThrownBy(() -> NbdClient.connect(other, TIMEOUT))
                    .isInstanceOfSatisfying(
                            NbdNegotiationException.class,
                            e ->
                                    assertThat(e.kind())
                                            .isEqualTo(NbdNegotiationException.Kind.UNAVAILABLE))
                    .hasMessageContaining("'other'");
        }
    }

    @Test
    void shouldGiveUpOnAServerThatSaysNothing() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(address);

            assertThatThrownBy(
                            () ->
                                    NbdClient.connect(
                                            new NbdUri(address, ""), Duration.ofMillis(200)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer from")
                    .hasMessageContaining("200 ms");
        }
    }

    @Test
    void shouldNameTheAddressThatRefuses() {
        NbdUri nobody = NbdUri.parse("nbd+unix:///x?socket=" + folder.resolve("nobody"));

        assertThatThrownBy(() -> NbdClient.connect(nobody, TIMEOUT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot connect to nbd+unix:///x?socket=");
    }

    private Path sparse(String name, long sizeBytes) throws IOException {
        Path image = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
        return image;
    }

    private static ByteBuffer bytes(int length, int value) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer read(NbdClient client, long offset, int length) throws Exception {
        ByteBuffer into = ByteBuffer.allocate(length);
        get(client.read(offset, into));
        return into.flip();
    }

    private static void get(CompletableFuture<Void> request) throws Exception {
        try {
            request.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
