package dev.farshore.testkit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.testkit.record.ByteRange;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;

class SparseFileTest {
    @TempDir Path folder;

    @Test
    void shouldFindTheDataOfALargeSparseFile() throws IOException {
        Path file = folder.resolve("image");
        long gib = 1L << 30;
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(32 * gib);
            image.seek(5 * gib);
            image.write(1);
            image.seek(32 * gib - 1);
            image.write(1);
        }

        List<ByteRange> ranges = SparseFile.dataRanges(file);

        assertThat(ranges).anyMatch(range -> contains(range, 5 * gib));
        assertThat(ranges).anyMatch(range -> contains(range, 32 * gib - 1));
        assertThat(ranges.stream().mapToLong(ByteRange::length).sum()).isLessThan(gib);
    }

    @Test
    void shouldFindNothingInAFileOfHoles() throws IOException {
        Path file = folder.resolve("image");
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(1 << 30);
        }

        assertThat(SparseFile.dataRanges(file)).isEmpty();
    }

    private static boolean contains(ByteRange range, long offset) {
        return range.offset() <= offset && offset < range.end();
    }
}
