package dev.farshore.apply.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.LogWriter;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** An image on a loop device that somebody has used before; only root can make one. */
class BlockDeviceImageTest {
    private static final String VVOL = "disk0";
    private static final int DEVICE_BYTES = 4 << 20;
    private static final int SIZE = 1 << 20;

    @TempDir Path directory;

    private final LogWriter log = new LogWriter(VVOL);
    private String device = "";
    private long writesOffset;

    @BeforeEach
    void makeDevice() throws Exception {
        Path file = directory.resolve("device");
        byte[] garbage = new byte[DEVICE_BYTES];
        Arrays.fill(garbage, (byte) 0xee);
        Files.write(file, garbage);
        device = run("losetup", "--find", "--show", file.toString());
        Files.createSymbolicLink(Image.dataPath(directory, VVOL), Path.of(device));
    }

    @AfterEach
    void removeDevice() throws Exception {
        if (!device.isEmpty()) {
            run("losetup", "--detach", device);
        }
    }

    private static String run(String... command) throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new TestAbortedException("loop devices can't be had here: " + output);
            }
            return output.strip();
        } catch (IOException e) {
            throw new TestAbortedException("loop devices can't be had here: " + e.getMessage());
        }
    }

    private Image open() throws IOException {
        return Image.open(directory, VVOL, 3, 100);
    }

    private void apply(Image image, LogEvent event) throws IOException {
        var verdict = image.applied().cursor().judge(event.header());
        assertThat(verdict).isInstanceOf(Verdict.Next.class);
        image.apply(event, ((Verdict.Next) verdict).after(), writesOffset++);
    }

    private static byte[] read(Image image, long offset, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        image.read(offset, into);
        return into.array();
    }

    @Test
    void shouldBeAllZeroesAtFirstAndKeepWhatIsWritten() throws IOException {
        LogEvent write;
        try (Image image = open()) {
            apply(image, log.open(SIZE));
            assertThat(read(image, 0, SIZE)).containsOnly(0);
            write = log.write(4096, 1024);
            apply(image, write);
            image.harden();
            assertThat(read(image, SIZE - 512, 4096)).as("beyond the end").containsOnly(0);
        }
        try (Image image = open()) {
            assertThat(image.sizeBytes()).isEqualTo(SIZE);
            assertThat(read(image, 4096, 1024)).isEqualTo(write.payload().array());
            assertThat(read(image, 0, 4096)).containsOnly(0);
            apply(image, log.resize(2 * SIZE));
            assertThat(read(image, SIZE, SIZE)).containsOnly(0);
            assertThat(read(image, 4096, 1024)).isEqualTo(write.payload().array());
        }
    }

    @Test
    void shouldBeginAnewOnItsDevice() throws IOException {
        try (Image image = open()) {
            apply(image, log.open(SIZE));
            apply(image, log.write(4096, 1024));
        }
        LogEvent started = log.seedStarted(1, SIZE);
        try (Image image = Image.beginAt(directory, 3, 100, started.header(), 2)) {
            assertThat(image.path().toRealPath()).isEqualTo(Path.of(device));
            assertThat(read(image, 0, SIZE)).containsOnly(0);
        }
        assertThat(Image.dataPath(directory, VVOL)).isSymbolicLink();
    }

    /** Such a device can't make a hole of less than one of its sectors. */
    @Test
    void shouldTrimRangesThatAreNoWholeSectorsOfTheDevice() throws Exception {
        removeDevice();
        device =
                run(
                        "losetup",
                        "--find",
                        "--show",
                        "--sector-size",
                        "4096",
                        directory.resolve("device").toString());
        Files.delete(Image.dataPath(directory, VVOL));
        Files.createSymbolicLink(Image.dataPath(directory, VVOL), Path.of(device));
        try (Image image = open()) {
            apply(image, log.open(SIZE));
            LogEvent write = log.write(0, 32 << 10);
            apply(image, write);
            byte[] expected = write.payload().array().clone();
            for (long[] range : new long[][] {{512, 512}, {7680, 1024}, {12800, 14336}}) {
                apply(image, log.trim(range[0], range[1]));
                Arrays.fill(expected, (int) range[0], (int) (range[0] + range[1]), (byte) 0);
                assertThat(read(image, 0, 32 << 10)).isEqualTo(expected);
            }
        }
    }

    @Test
    void shouldRefuseAVolumeThatIsLargerThanTheDevice() throws IOException {
        try (Image image = open()) {
            assertThatThrownBy(() -> apply(image, log.open(2L * DEVICE_BYTES)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("has 4194304 bytes, the volume 8388608");
        }
    }
}
