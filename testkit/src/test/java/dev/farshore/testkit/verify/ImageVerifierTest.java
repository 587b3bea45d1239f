package dev.farshore.testkit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

class ImageVerifierTest {
    private static final long SIZE_BYTES = 32L << 30;
    private static final long FAR = 20L << 30;

    @TempDir Path folder;

    private final WriteRecord record = new WriteRecord("db-data", 1, SIZE_BYTES);
    private final Map<String, Path> paths = new TreeMap<>();
    private final Map<String, FileChannel> images = new TreeMap<>();

    @BeforeEach
    void makeImages() throws IOException {
        for (String site : new String[] {"a", "b"}) {
            Path path = folder.resolve("image-" + site);
            paths.put(site, path);
            FileChannel image =
                    FileChannel.open(
                            path,
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.SPARSE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            image.write(ByteBuffer.allocate(1), SIZE_BYTES - 1);
            images.put(site, image);
        }
    }

    @AfterEach
    void closeImages() throws IOException {
        for (FileChannel image : images.values()) {
            image.close();
        }
    }

    @Test
    @Timeout(60)
    void shouldCompareALargeSparseVolumeByReadingOnlyItsData() throws IOException {
        apply(acknowledged(0, 8192, false), "a", "b");
        apply(acknowledged(FAR, 512, false), "a", "b");
        apply(acknowledged(FAR + 4096, 4096, true), "a", "b");

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.differences()).isEmpty();
        assertThat(verification.isFaultless()).isTrue();
        assertThat(verification.comparedBytes()).isBetween(8192L, 8L << 20);
    }

    @Test
    void shouldFindAWriteThatOneImageLacks() throws IOException {
        apply(acknowledged(0, 4096, false), "a", "b");
        apply(acknowledged(FAR + 512, 1024, false), "a");

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.lostWrites()).isEqualTo(1);
        assertThat(verification.wrongSectors()).isEqualTo(2);
        assertThat(verification.imagesIdentical()).isFalse();
        assertThat(verification.differences().getFirst())
                .hasToString(
                        "db-data at site b, offset 21474836992: expected write 2, found zeroes"
                                + " (comparison of the images)");
    }

    @Test
    void shouldFindAWriteThatAllImagesLack() throws IOException {
        apply(acknowledged(0, 4096, false), "a", "b");
        acknowledged(FAR, 512, false);

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.imagesIdentical()).isTrue();
        assertThat(verification.lostWrites()).isEqualTo(1);
        assertThat(verification.isFaultless()).isFalse();
    }

    @Test
    void shouldFindTwoWritesAppliedInTheWrongOrder() throws IOException {
        RecordedWrite older = acknowledged(4096, 4096, false);
        RecordedWrite newer = acknowledged(6144, 4096, false);
        apply(older, "a");
        apply(newer, "a");
        apply(newer, "b");
        apply(older, "b");

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.lostWrites()).isEqualTo(1);
        assertThat(verification.wrongSectors()).isEqualTo(4);
        assertThat(verification.differences().getFirst())
                .satisfies(
                        first -> {
                            assertThat(first.site()).isEqualTo("b");
                            assertThat(first.offset()).isEqualTo(6144);
                            assertThat(first.expected()).isEqualTo("write 2");
                            assertThat(first.found()).isEqualTo("write 1");
                        });
    }

    @Test
    void shouldFindATrimThatWasNotApplied() throws IOException {
        apply(acknowledged(0, 8192, false), "a", "b");
        apply(acknowledged(4096, 4096, true), "a");

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.lostWrites()).isEqualTo(1);
        assertThat(verification.differences().getFirst().expected()).isEqualTo("zeroes of write 2");
    }

    @Test
    void shouldFindASingleWrongBit() throws IOException {
        apply(acknowledged(0, 8192, false), "a", "b");
        ByteBuffer one = ByteBuffer.allocate(1);
        FileChannel image = channel("b");
        image.read(one, 5000);
        image.write(one.flip().put(0, (byte) (one.get(0) ^ 4)), 5000);

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.imagesIdentical()).isFalse();
        assertThat(verification.wrongSectors()).isEqualTo(1);
        assertThat(verification.differences().getFirst().offset()).isEqualTo(4608);
        assertThat(verification.differences().getFirst().found())
                .isEqualTo("a damaged sector of write 1");
    }

    @Test
    void shouldFindDataWhereNothingWasWritten() throws IOException {
        apply(acknowledged(0, 512, false), "a", "b");
        ByteBuffer stray = ByteBuffer.allocate(512).put(0, (byte) 1);
        channel("a").write(stray.duplicate(), FAR);
        channel("b").write(stray.duplicate(), FAR);

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.imagesIdentical()).isTrue();
        assertThat(verification.lostWrites()).isZero();
        assertThat(verification.wrongSectors()).isEqualTo(2);
        assertThat(verification.isFaultless()).isFalse();
    }

    @Test
    void shouldFindAnImageThatIsTooShort() throws IOException {
        channel("b").truncate(SIZE_BYTES - 512);

        ImageVerification verification = ImageVerifier.verify(record, paths);

        assertThat(verification.imagesIdentical()).isFalse();
        assertThat(verification.differences().getFirst().expected())
                .contains(Long.toString(SIZE_BYTES));
    }

    @Test
    void shouldAllowAWriteOfUnknownFateToBeThereOrNotButTheSameEverywhere() throws IOException {
        apply(acknowledged(0, 512, false), "a", "b");
        RecordedWrite unknown = record.begin(0, 1024, false);
        assertThat(ImageVerifier.verify(record, paths).isFaultless()).isTrue();

        apply(unknown, "a", "b");
        assertThat(ImageVerifier.verify(record, paths).isFaultless()).isTrue();

        apply(record.begin(8192, 512, false), "a");
        ImageVerification verification = ImageVerifier.verify(record, paths);
        assertThat(verification.lostWrites()).isZero();
        assertThat(verification.imagesIdentical()).isFalse();
        assertThat(verification.differences().getFirst())
                .satisfies(
                        first -> {
                            assertThat(first.offset()).isEqualTo(8192);
                            assertThat(first.expected()).contains("what site a has: write 3");
                            assertThat(first.found()).isEqualTo("zeroes");
                        });
    }

    private RecordedWrite acknowledged(long offset, long length, boolean isZero) {
        RecordedWrite write = record.begin(offset, length, isZero);
        record.acknowledge(write);
        return write;
    }

    private void apply(RecordedWrite write, String... sites) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) write.length());
        if (!write.isZero()) {
            SectorStamp.fill(content, record.volume(), write.number(), write.offset());
        }
        for (String site : sites) {
            channel(site).write(content.duplicate(), write.offset());
        }
    }

    private FileChannel channel(String site) {
        return Objects.requireNonNull(images.get(site));
    }
}
