package dev.farshore.node.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

class ImageLimitTest {
    private static final long EXT4_BYTES = (16L << 40) - 4096;
    private static final long HIGHEST_BYTES = 1L << 62;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(longs = {512, 1_536, 4L << 30, EXT4_BYTES, 16L << 40, HIGHEST_BYTES})
    void shouldFindTheLongestThatCanBe(long limitBytes) {
        assertThat(ImageLimit.longest(bytes -> bytes <= limitBytes)).isEqualTo(limitBytes);
        assertThat(ImageLimit.longest(bytes -> bytes <= limitBytes + 511)).isEqualTo(limitBytes);
    }

    @Test
    void shouldClaimNothingWhereNothingCanBe() {
        assertThat(ImageLimit.longest(bytes -> false)).isEqualTo(ImageLimit.UNKNOWN);
        assertThat(ImageLimit.of(folder.resolve("missing"))).isEqualTo(ImageLimit.UNKNOWN);
    }

    /** Whatever file system this runs on. */
    @Test
    void shouldSayWhereTheFileSystemEndsFilesAndLeaveNothing() throws Exception {
        Files.writeString(
                folder.resolve(ImageLimit.FILE_NAME), "left by a process that was killed");

        long limitBytes = ImageLimit.of(folder);

        assertThat(limitBytes).isPositive();
        assertThat(folder).isEmptyDirectory();
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("data.img").toFile(), "rw")) {
            file.setLength(limitBytes);
            assertThat(file.length()).isEqualTo(limitBytes);
            if (limitBytes < HIGHEST_BYTES) {
                assertThatThrownBy(() -> file.setLength(limitBytes + 512))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void shouldNotKnowWithImagesElsewhere() throws Exception {
        Files.createSymbolicLink(folder.resolve("data.img"), Path.of("/dev/mapper/data"));

        assertThat(ImageLimit.of(folder)).isEqualTo(ImageLimit.UNKNOWN);
    }
}
