package dev.farshore.testkit.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Another project's NBD server as a child process. */
public final class RealServer implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

    private final Process process;
    private final NbdUri uri;

    private RealServer(Process process, NbdUri uri) {
        this.process = process;
        this.uri = uri;
    }

    /** nbdkit's own words after its options: plugin and parameters. */
    public static RealServer nbdkit(Path socket, String... plugin) throws IOException {
        return start(
                NbdUri.parse("nbd+unix:///?socket=" + socket),
                Stream.concat(
                        Stream.of("nbdkit", "-f", "--exit-with-parent", "-U", socket.toString()),
                        Stream.of(plugin)));
    }

    public static RealServer nbdkitTcp(String... plugin) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        return start(
                NbdUri.parse("nbd://127.0.0.1:" + port + "/"),
                Stream.concat(
                        Stream.of(
                                "nbdkit",
                                "-f",
                                "--exit-with-parent",
                                "-i",
                                "127.0.0.1",
                                "-p",
                                Integer.toString(port)),
                        Stream.of(plugin)));
    }

    public static RealServer qemuNbd(Path socket, Path image, String export) throws IOException {
        return start(
                NbdUri.parse("nbd+unix:///%s?socket=%s".formatted(export, socket)),
                Stream.of(
                        "qemu-nbd",
                        "-e",
                        "8",
                        "-t",
                        "-f",
                        "raw",
                        "-x",
                        export,
                        "-k",
                        socket.toString(),
                        "--discard=unmap",
                        image.toString()));
    }

    public NbdUri uri() {
        return uri;
    }

    /** As if its machine had gone. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    private static RealServer start(NbdUri uri, Stream<String> words) throws IOException {
        List<String> command = new ArrayList<>(words.toList());
        requireTool(command.getFirst());
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .start();
        RealServer server = new RealServer(process, uri);
        try {
            await().atMost(START_TIMEOUT).until(() -> server.accepts() || !process.isAlive());
            assertThat(process.isAlive()).as("%s runs", command).isTrue();
        } catch (RuntimeException | Error e) {
            server.kill();
            throw e;
        }
        return server;
    }

    private boolean accepts() {
        if (uri.address() instanceof UnixDomainSocketAddress unix
                && !Files.exists(unix.getPath())) {
            return false;
        }
        try (NbdClient client = NbdClient.connect(uri, START_TIMEOUT)) {
            return client.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static void requireTool(String tool) {
        boolean found =
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (Boolean.getBoolean("farshore.check")) {
            assertThat(found).as("%s is installed", tool).isTrue();
        }
        assumeTrue(found, tool + " is not installed");
    }
}
