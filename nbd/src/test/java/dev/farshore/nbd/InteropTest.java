package dev.farshore.nbd;

import static dev.farshore.nbd.RealTools.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The programs that people point at a block server, one behaviour each. */
@Tag("slow")
class InteropTest {
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

    private String fileOf(byte[] content) throws IOException {
        return Files.write(folder.resolve("content.raw"), content).toString();
    }

    /** Data, a hole, data. */
    private static byte[] sparseContent() {
        byte[] content = new byte[SIZE];
        Random random = new Random(4711);
        byte[] data = new byte[8 << 20];
        random.nextBytes(data);
        System.arraycopy(data, 0, content, 1 << 20, data.length);
        random.nextBytes(data);
        System.arraycopy(data, 0, content, SIZE - data.length, data.length);
        return content;
    }

    private byte[] deviceContent() throws IOException {
        ByteBuffer all = ByteBuffer.allocate(SIZE);
        device.read(0, all);
        return all.array();
    }

    private void fillDevice(byte[] content) {
        for (int page = 0; page < SIZE / MemoryDevice.PAGE_BYTES; page++) {
            ByteBuffer data =
                    ByteBuffer.wrap(
                            content, page * MemoryDevice.PAGE_BYTES, MemoryDevice.PAGE_BYTES);
            if (data.mismatch(ByteBuffer.allocate(MemoryDevice.PAGE_BYTES)) >= 0) {
                device.write((long) page * MemoryDevice.PAGE_BYTES, data, false, error -> {});
            }
        }
    }

    @Test
    void nbdinfoShouldShowTheExport() throws Exception {
        RealTools.require("nbdinfo");
        String output = run("nbdinfo", server.uri()).assertSuccess().output();
        assertThat(output)
                .contains("newstyle-fixed without TLS")
                .contains("export-size: " + SIZE)
                .contains("can_multi_conn: true")
                .contains("can_fast_zero: true")
                .contains("block_size_minimum: 512")
                .contains("base:allocation")
                .contains("test:pages");
    }

    @Test
    void nbdinfoShouldListExportsWithDescriptions() throws Exception {
        RealTools.require("nbdinfo");
        String uri = server.uri().replace("/disk", "");
        assertThat(run("nbdinfo", "--list", uri).assertSuccess().output())
                .contains("export=\"disk\"")
                .contains("description: a disk of the tests");
    }

    @ParameterizedTest
    @ValueSource(strings = {"base:allocation", "test:pages"})
    void nbdinfoShouldShowTheMapOfAContext(String context) throws Exception {
        RealTools.require("nbdinfo");
        device.write(1 << 20, ByteBuffer.allocate(1 << 20), false, error -> {});
        String output = run("nbdinfo", "--map=" + context, server.uri()).assertSuccess().output();
        assertThat(output.lines().toList()).hasSize(3);
        assertThat(output.lines().toList().get(1)).contains("1048576").contains("1048576");
    }

    @Test
    void nbdinfoShouldSayThatAnExportIsUnknown() throws Exception {
        RealTools.require("nbdinfo");
        RealTools.Result result = run("nbdinfo", server.uri().replace("/disk", "/dusk"));
        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("No such file or directory for export: dusk");
    }

    @Test
    void nbdcopyShouldCopyIn() throws Exception {
        RealTools.require("nbdcopy");
        byte[] content = sparseContent();
        run("nbdcopy", "--flush", fileOf(content), server.uri()).assertSuccess();
        assertThat(deviceContent()).isEqualTo(content);
        assertThat(device.flushes).hasPositiveValue();
    }

    @Test
    void nbdcopyShouldCopyOut() throws Exception {
        RealTools.require("nbdcopy");
        byte[] content = sparseContent();
        fillDevice(content);
        Path copy = folder.resolve("copy.raw");
        run("nbdcopy", server.uri(), copy.toString()).assertSuccess();
        assertThat(Files.readAllBytes(copy)).isEqualTo(content);
    }

    @Test
    void qemuImgShouldConvertInAndCompare() throws Exception {
        RealTools.require("qemu-img");
        byte[] content = sparseContent();
        String file = fileOf(content);
        run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", file, server.uri())
                .assertSuccess();
        assertThat(deviceContent()).isEqualTo(content);
        run("qemu-img", "compare", "-f", "raw", "-F", "raw", file, server.uri()).assertSuccess();
    }

    @Test
    void qemuImgShouldConvertOutToAnotherFormat() throws Exception {
        RealTools.require("qemu-img");
        byte[] content = sparseContent();
        fillDevice(content);
        String image = folder.resolve("image.qcow2").toString();
        run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", server.uri(), image).assertSuccess();
        String back = folder.resolve("back.raw").toString();
        run("qemu-img", "convert", "-O", "raw", image, back).assertSuccess();
        assertThat(Files.readAllBytes(Path.of(back))).isEqualTo(content);
    }

    @Test
    void qemuImgShouldMapDataAndHoles() throws Exception {
        RealTools.require("qemu-img");
        device.write(1 << 20, ByteBuffer.allocate(1 << 20), false, error -> {});
        String output =
                run("qemu-img", "map", "--output=json", "-f", "raw", server.uri())
                        .assertSuccess()
                        .output();
        assertThat(output)
                .contains("\"start\": 1048576, \"length\": 1048576")
                .containsPattern("\"start\": 1048576[^}]*\"data\": true")
                .containsPattern("\"start\": 0[^}]*\"zero\": true, \"data\": false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-w", "--flush-interval=64 -w", "-d 1"})
    void qemuImgShouldBench(String options) throws Exception {
        RealTools.require("qemu-img");
        String command = "qemu-img bench -f raw -c 2000 -s 4096 " + options + " " + server.uri();
        run(command.split(" ", -1)).assertSuccess();
    }

    @Test
    void qemuIoShouldReadItsPatternsBack() throws Exception {
        RealTools.require("qemu-io");
        RealTools.Result result =
                run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write -P 0xa5 0 1M",
                        "-c",
                        "write -P 0x5a 512 512",
                        "-c",
                        "read -P 0x5a 512 512",
                        "-c",
                        "read -P 0xa5 1024 4096",
                        "-c",
                        "write -z 64k 64k",
                        "-c",
                        "read -P 0 64k 64k",
                        "-c",
                        "write -z -u 128k 64k",
                        "-c",
                        "read -P 0 128k 64k",
                        "-c",
                        "discard 192k 64k",
                        "-c",
                        "read -P 0 192k 64k",
                        "-c",
                        "write -f -P 7 1M 4k",
                        "-c",
                        "readv -P 7 1M 2k 2k",
                        "-c",
                        "writev -P 9 2M 4k 8k 512",
                        "-c",
                        "aio_write -P 3 3M 1M",
                        "-c",
                        "aio_read -P 9 2M 4k",
                        "-c",
                        "aio_flush",
                        "-c",
                        "read -P 3 3M 1M",
                        "-c",
                        "flush",
                        server.uri());
        result.assertSuccess();
        assertThat(result.output()).doesNotContain("verification failed").doesNotContain("error");
        assertThat(device.stableWrites).hasPositiveValue();
    }

    @Test
    void qemuIoShouldSeeItsWritesPastTheEndFail() throws Exception {
        RealTools.require("qemu-io");
        RealTools.Result result =
                run("qemu-io", "-f", "raw", "-c", "write " + SIZE + " 512", server.uri());
        assertThat(result.status()).isNotZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rw=randrw --bs=4k", "--rw=write --bs=512", "--bssplit=1k:64k"})
    void fioShouldVerifyWhatItWrote(String options) throws Exception {
        RealTools.require("fio");
        String command =
                "fio --name=verify --ioengine=nbd --iodepth=32 --size=16m --rw=randwrite"
                        + " --verify=crc32c --verify_fatal=1 --uri="
                        + server.uri()
                        + " "
                        + options;
        run(command.split(" ", -1)).assertSuccess();
    }

    @Test
    void fioShouldShareTheExportOverSeveralConnections() throws Exception {
        RealTools.require("fio");
        String command =
                "fio --name=verify --ioengine=nbd --iodepth=8 --size=8m --offset_increment=8m"
                        + " --numjobs=4 --rw=randrw --bs=4k --verify=crc32c --verify_fatal=1 --uri="
                        + server.uri();
        run(command.split(" ", -1)).assertSuccess();
    }

    @Test
    void qemuNbdShouldServeAnImageOnTopOfOurs() throws Exception {
        RealTools.require("qemu-nbd", "qemu-io", "qemu-img");
        run("qemu-img", "create", "-f", "qcow2", server.uri(), "48M").assertSuccess();
        Path socket = folder.resolve("top.sock");
        Process top =
                RealTools.start(
                        folder.resolve("qemu-nbd.out"),
                        "qemu-nbd",
                        "-t",
                        "-f",
                        "qcow2",
                        "-k",
                        socket.toString(),
                        server.uri());
        try {
            await().until(() -> Files.exists(socket));
            run(
                            "qemu-io",
                            "-f",
                            "raw",
                            "-c",
                            "write -P 0x42 1M 2M",
                            "-c",
                            "read -P 0x42 1M 2M",
                            "-c",
                            "flush",
                            "nbd+unix:///?socket=" + socket)
                    .assertSuccess();
        } finally {
            top.destroy();
            top.waitFor();
        }
        assertThat(run("qemu-img", "check", "-f", "qcow2", server.uri()).assertSuccess().output())
                .contains("No errors were found");
    }

    @Test
    void nbdClientShouldListExports() throws Exception {
        RealTools.require("nbd-client");
        int port = ((InetSocketAddress) server.address()).getPort();
        RealTools.Result result =
                run("nbd-client", "-l", "127.0.0.1", String.valueOf(port)).assertSuccess();
        assertThat(result.output()).contains("disk");
    }
}
