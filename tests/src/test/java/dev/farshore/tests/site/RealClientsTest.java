package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The block clients that people use, against a running node and its log. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class RealClientsTest {
    private static final long SIZE_BYTES = 64L << 20;

    private Path folder;
    private Sites sites;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        folder = temporary;
        sites = new Sites(temporary, environment, "ra", "rb");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldShowAVolumeToNbdinfo() throws Exception {
        String uri = volume("info-disk", "nbdinfo");

        assertThat(run("nbdinfo", "--size", uri)).isEqualTo(SIZE_BYTES + "\n");
        assertThat(run("nbdinfo", uri)).contains("can_flush: true", "can_fua: true");
        assertThat(run("nbdinfo", "--list", uri.replace("info-disk", "")))
                .contains("export=\"info-disk\"", "owned by site ra");
    }

    @Test
    void shouldTakeAnImageInAndGiveItBackUnchangedAtBothSites() throws Exception {
        String uri = volume("image-disk", "qemu-img");
        Path original = randomImage("original.raw");

        run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", original.toString(), uri);
        Path copy = folder.resolve("copy.raw");
        run("qemu-img", "convert", "-f", "raw", "-O", "raw", uri, copy.toString());

        assertThat(Files.mismatch(original, copy)).isEqualTo(-1);
        sites.awaitHardened("image-disk");
        for (Path image : sites.images("image-disk").values()) {
            assertThat(Files.mismatch(original, image)).as("%s", image).isEqualTo(-1);
        }
    }

    @Test
    void shouldKeepPatternsThatQemuIoWrites() throws Exception {
        String uri = volume("io-disk", "qemu-io");

        String output =
                run(
                        "qemu-io",
                        "-f",
                        "raw",
                        "-c",
                        "write -P 0x11 0 64k",
                        "-c",
                        "write -P 0x22 512 512",
                        "-c",
                        "write -z 4k 4k",
                        "-c",
                        "discard 16k 16k",
                        "-c",
                        "flush",
                        "-c",
                        "read -P 0x11 0 512",
                        "-c",
                        "read -P 0x22 512 512",
                        "-c",
                        "read -P 0 4k 4k",
                        "-c",
                        "read -P 0 16k 16k",
                        "-c",
                        "read -P 0x11 32k 32k",
                        uri);

        assertThat(output).doesNotContain("Pattern verification failed");
    }

    @Test
    void shouldVerifyUnderFio() throws Exception {
        String uri = volume("fio-disk", "fio");

        String output =
                run(
                        "fio",
                        "--name=verify",
                        "--ioengine=nbd",
                        "--uri=" + uri,
                        "--rw=randwrite",
                        "--bs=4k",
                        "--iodepth=32",
                        "--size=32m",
                        "--verify=crc32c",
                        "--fsync=64",
                        "--verify_state_save=0");

        assertThat(output).contains("err= 0");
    }

    @Test
    void shouldKeepWhatWasWrittenThroughAHandOverAndBack() throws Exception {
        String uri = volume("moving-disk", "qemu-io");
        sites.createVm("moving-vm", "moving-disk");
        run("qemu-io", "-f", "raw", "-c", "write -P 0x33 0 1M", uri);

        MigrationReport there = sites.migrate("moving-vm", "rb");
        assertThat(there.hasFinished()).as("%s", there).isTrue();
        run("qemu-io", "-f", "raw", "-c", "write -P 0x44 512k 512k", uri("moving-disk", "rb"));
        MigrationReport back = sites.migrate("moving-vm", "ra");
        assertThat(back.hasFinished()).as("%s", back).isTrue();

        assertThat(
                        run(
                                "qemu-io",
                                "-r",
                                "-f",
                                "raw",
                                "-c",
                                "read -P 0x33 0 512k",
                                "-c",
                                "read -P 0x44 512k 512k",
                                uri))
                .doesNotContain("Pattern verification failed");
    }

    /** As a QEMU whose VM has moved to the other site: it flushes, and takes leave. */
    @Test
    void shouldLetQemuEndAtOnceWhenItsVolumeHasGoneToAnotherSite() throws Exception {
        volume("left-disk", "qemu-io");
        sites.createVm("left-vm", "left-disk");
        Process qemu =
                new ProcessBuilder(
                                RealTools.require("qemu-io").toString(),
                                "--image-opts",
                                "driver=raw,file.driver=nbd,file.server.type=unix,file.server.path=%s,file.export=left-disk,file.reconnect-delay=90"
                                        .formatted(sites.node("ra").socket()))
                        .redirectErrorStream(true)
                        .start();
        try (Writer commands = qemu.outputWriter();
                BufferedReader output = qemu.inputReader()) {
            // One line at a time: qemu-io looks for input in its pipe, not in its buffer.
            commands.write("write -P 0x33 0 1M\n");
            commands.flush();
            String line = output.readLine();
            while (line != null && !line.contains("wrote 1048576")) {
                line = output.readLine();
            }
            assertThat(line).isNotNull();

            assertThat(sites.migrate("left-vm", "rb").hasFinished()).isTrue();
            long beginNanos = System.nanoTime();
            commands.write("quit\n");
            commands.flush();

            assertThat(qemu.waitFor(60, TimeUnit.SECONDS)).as("qemu-io has ended").isTrue();
            System.out.printf(
                    "qemu-io ended %.3f s after it was told to%n",
                    (System.nanoTime() - beginNanos) / 1e9);
        } finally {
            qemu.destroyForcibly();
        }
    }

    private String volume(String vvol, String tool) {
        RealTools.require(tool);
        sites.createVolume(vvol, SIZE_BYTES, "ra");
        return uri(vvol, "ra");
    }

    private String uri(String vvol, String site) {
        return "nbd+unix:///%s?socket=%s".formatted(vvol, sites.node(site).socket());
    }

    private Path randomImage(String name) throws IOException {
        Path image = folder.resolve(name);
        byte[] half = new byte[(int) SIZE_BYTES / 2];
        new Random(1).nextBytes(half);
        Files.write(image, Arrays.copyOf(half, (int) SIZE_BYTES));
        return image;
    }

    private String run(String tool, String... arguments) throws Exception {
        Path program = RealTools.require(tool);
        Process process =
                new ProcessBuilder(
                                Stream.concat(Stream.of(program.toString()), Stream.of(arguments))
                                        .toList())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as("exit status of %s: %s", tool, output).isZero();
        return output;
    }
}
