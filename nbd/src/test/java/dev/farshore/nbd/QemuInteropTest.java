package dev.farshore.nbd;

import static dev.farshore.nbd.RealTools.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.nbd.server.NbdServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The commands of qemu-io one by one, and qemu's block layer as a server on top of ours. */
@Tag("slow")
class QemuInteropTest {
    private static final int SIZE = 64 << 20;

    @TempDir Path folder;

    private final MemoryDevice device = new MemoryDevice(SIZE);
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer(device);
    }

    @AfterEach
    void closeUnharmed() throws IOException {
        server.assertUnharmed();
        server.close();
    }

    /** Commands, parted by bars, and what reads their effect back. */
    @ParameterizedTest
    @CsvSource({
        "write -P 1 0 64k, read -P 1 0 64k",
        "write -f -P 2 0 64k, read -P 2 0 64k",
        "write -q -P 3 512 512, read -P 3 512 512",
        "write -P 4 0 32M, read -P 4 0 32M",
        "write -P 5 0 64k|write -z 0 64k, read -P 0 0 64k",
        "write -P 5 0 64k|write -z -u 0 64k, read -P 0 0 64k",
        "write -P 5 0 64k|write -z -u -f 0 64k, read -P 0 0 64k",
        "write -P 5 0 64k|write -z -n 0 64k, read -P 0 0 64k",
        "write -P 5 0 64k|discard 0 64k, read -P 0 0 64k",
        "write -P 5 0 64k|discard -q 4k 4k, read -P 5 0 4k",
        "writev -P 6 0 4k 8k 512, readv -P 6 0 4k 8k 512",
        "writev -f -P 6 1k 512 512, read -P 6 1k 1k",
        "aio_write -P 7 0 1M|aio_flush, read -P 7 0 1M",
        "aio_write -f -P 7 0 1M|aio_flush, aio_read -P 7 0 1M|aio_flush",
        "aio_write -P 7 0 1M|aio_flush|aio_write -z 0 1M|aio_flush, read -P 0 0 1M",
        "aio_write -P 7 0 1M|aio_flush|aio_write -z -u 0 1M|aio_flush, read -P 0 0 1M",
        "write -P 8 63M 1M, read -P 8 -s 1024 -l 512 63M 1M",
        "flush, read -P 0 0 4k"
    })
    void qemuIoShouldReadBackWhatItsCommandDid(String commands, String check) throws Exception {
        RealTools.require("qemu-io");
        String output = qemuIo((commands + "|" + check).split("\\|", -1));
        assertThat(output).doesNotContain("verification failed").doesNotContain("rror");
    }

    @Test
    void qemuIoShouldShowLengthAllocationAndMap() throws Exception {
        RealTools.require("qemu-io");
        device.write(1 << 20, ByteBuffer.allocate(1 << 20), false, error -> {});
        String output = qemuIo("length", "alloc 1M 1M", "map");
        assertThat(output)
                .contains("64 MiB\n")
                .contains("1048576/1048576 bytes allocated at offset 1 MiB")
                .contains("64 MiB (0x4000000) bytes     allocated at offset 0 bytes");
    }

    @Test
    void qemuStorageDaemonShouldServeAnImageOnTopOfOurs() throws Exception {
        RealTools.require("qemu-storage-daemon", "qemu-io", "nbdinfo");
        Path socket = folder.resolve("top.sock");
        int port = ((InetSocketAddress) server.address()).getPort();
        Process top =
                RealTools.start(
                        folder.resolve("qsd.out"),
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=nbd,node-name=below,server.type=inet,server.host=127.0.0.1"
                                + ",server.port="
                                + port
                                + ",export=disk,reconnect-delay=10,discard=unmap",
                        "--nbd-server",
                        "addr.type=unix,addr.path=" + socket,
                        "--export",
                        "type=nbd,id=up,node-name=below,name=top,writable=on");
        try {
            await().until(() -> Files.exists(socket));
            String uri = "nbd+unix:///top?socket=" + socket;
            assertThat(run("nbdinfo", "--size", uri).assertSuccess().output().strip())
                    .isEqualTo(Integer.toString(SIZE));
            run(
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            "write -P 0x42 1M 2M",
                            "-c",
                            "discard 1M 64k",
                            "-c",
                            "flush",
                            uri)
                    .assertSuccess();
        } finally {
            top.destroy();
            top.waitFor();
        }
        assertThat(qemuIo("read -P 0x42 1088k 1984k", "read -P 0 1M 64k"))
                .doesNotContain("verification failed");
    }

    @Test
    void qemuImgShouldSeeADifference() throws Exception {
        RealTools.require("qemu-img");
        Path file = Files.write(folder.resolve("content.raw"), new byte[SIZE]);
        ByteBuffer one = ByteBuffer.allocate(512).put(0, (byte) 1);
        device.write(4096, one, false, error -> {});
        RealTools.Result result =
                run("qemu-img", "compare", "-f", "raw", "-F", "raw", file.toString(), server.uri());
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.output()).contains("Content mismatch at offset 4096");
    }

    /** A stop is not to be worse for a guest than a crash: it sees neither. */
    @Test
    void qemuShouldNotNoticeThatItsServerIsStoppedAndStartedAgain() throws Exception {
        RealTools.require("qemu-storage-daemon", "qemu-io");
        Path socket = folder.resolve("through.sock");
        Path below = folder.resolve("below.sock");
        NbdServer running = serve(below);
        Process daemon =
                RealTools.start(
                        folder.resolve("qsd.out"),
                        "qemu-storage-daemon",
                        "--blockdev",
                        "driver=nbd,node-name=below,server.type=unix,server.path="
                                + below
                                + ",export=disk,reconnect-delay=30",
                        "--nbd-server",
                        "addr.type=unix,addr.path=" + socket,
                        "--export",
                        "type=nbd,id=up,node-name=below,name=top,writable=on");
        try {
            await().until(() -> Files.exists(socket));
            List<String> line = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
            for (int i = 0; i < 3000; i++) {
                line.add("-c");
                line.add("aio_write -P " + (1 + i % 200) + " " + i * 16 + "k 16k");
                if (i % 16 == 15) {
                    line.add("-c");
                    line.add("flush");
                }
            }
            line.add("-c");
            line.add("aio_flush");
            line.add("nbd+unix:///top?socket=" + socket);
            Path output = folder.resolve("io.out");
            Process guest = RealTools.start(output, line.toArray(String[]::new));
            int stops = 0;
            while (guest.isAlive() && stops < 2) {
                int before = device.flushes.get();
                await().until(() -> device.flushes.get() > before + 10 || !guest.isAlive());
                running.close();
                running = serve(below);
                stops++;
            }
            assertThat(guest.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            assertThat(stops).isPositive();
            assertThat(guest.exitValue()).isZero();
            assertThat(Files.readString(output)).doesNotContain("rror").doesNotContain("failed");
        } finally {
            // While there is a server: without one it waits for that as long as its guest would.
            daemon.destroy();
            daemon.waitFor();
            running.close();
        }
        List<String> reads = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            reads.add("read -P " + (1 + i % 200) + " " + i * 16 + "k 16k");
        }
        assertThat(qemuIo(reads.toArray(String[]::new))).doesNotContain("verification failed");
    }

    private NbdServer serve(Path path) throws IOException {
        NbdServer started =
                new NbdServer(
                        new OneExport("disk", device),
                        List.of(NbdListener.unix(path)),
                        NbdLimits.defaults());
        started.start();
        return started;
    }

    private String qemuIo(String... commands) throws Exception {
        List<String> line = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
        for (String command : commands) {
            line.add("-c");
            line.add(command);
        }
        line.add(server.uri());
        return run(line.toArray(String[]::new)).assertSuccess().output();
    }
}
