package dev.farshore.apply.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.LogWriter;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class ImageGroupTest {
    private static final int IMAGES = 20;
    private static final int SIZE = 64 * 512;

    @TempDir Path directory;

    private final List<LogWriter> writers = new ArrayList<>();
    private final List<LogCursor> cursors = new ArrayList<>();
    private final List<Image> images = new ArrayList<>();

    @BeforeEach
    void openImages() throws IOException {
        for (int i = 0; i < IMAGES; i++) {
            writers.add(new LogWriter("vol" + i));
            cursors.add(LogCursor.START);
            images.add(open(i));
            apply(i, writers.get(i).open(SIZE));
            apply(i, writers.get(i).write(512, 512));
        }
    }

    @AfterEach
    void closeImages() throws IOException {
        for (Image image : images) {
            image.close();
        }
    }

    private Image open(int at) throws IOException {
        return Image.open(directory, "vol" + at, 0, 1000);
    }

    private void apply(int at, LogEvent event) throws IOException {
        if (cursors.get(at).judge(event.header()) instanceof Verdict.Next(LogCursor after)) {
            images.get(at).apply(event, after, after.seq());
            cursors.set(at, after);
        }
    }

    /** What a crash now would leave. */
    private long seqAfterReopening(int at) throws IOException {
        images.get(at).close();
        images.set(at, open(at));
        return images.get(at).hardened().seq();
    }

    @Test
    void shouldHardenAllWithTwoSyncsOfTheirFileSystem() throws IOException {
        List<String> syncs = new ArrayList<>();
        List<Image> failed = ImageGroup.harden(images, () -> syncs.add("sync"));
        assertThat(failed).isEmpty();
        assertThat(syncs).hasSize(2);
        for (int i = 0; i < IMAGES; i++) {
            assertThat(images.get(i).hardened().seq()).isEqualTo(2);
            assertThat(images.get(i).mixedUntilSeq()).isEqualTo(2 + 1000);
            assertThat(seqAfterReopening(i)).isEqualTo(2);
        }
    }

    @Test
    void shouldWriteNoSuperblockBeforeTheDataIsStable() {
        assertThatThrownBy(
                        () ->
                                ImageGroup.harden(
                                        images,
                                        () -> {
                                            throw new IOException("disk");
                                        }))
                .hasMessage("disk");
        assertThat(images).allSatisfy(image -> assertThat(image.hardened().seq()).isZero());
        assertThat(images)
                .extracting(image -> seqAfterReopening(images.indexOf(image)))
                .containsOnly(0L);
    }

    @Test
    void shouldClaimNothingBeforeTheSuperblocksAreStable() throws IOException {
        List<String> syncs = new ArrayList<>();
        assertThatThrownBy(
                        () ->
                                ImageGroup.harden(
                                        images,
                                        () -> {
                                            syncs.add("sync");
                                            if (syncs.size() == 2) {
                                                throw new IOException("disk");
                                            }
                                        }))
                .hasMessage("disk");
        assertThat(images).allSatisfy(image -> assertThat(image.hardened().seq()).isZero());
        images.getFirst().harden();
        assertThat(images.getFirst().hardened().seq()).isEqualTo(2);
        assertThat(seqAfterReopening(0)).isEqualTo(2);
    }

    @Test
    void shouldHardenTheOthersWhenOneWasClosed() throws IOException {
        images.get(3).close();
        assertThat(ImageGroup.harden(images, () -> {})).containsExactly(images.get(3));
        assertThat(images.get(3).hardened().seq()).isZero();
        assertThat(images.get(4).hardened().seq()).isEqualTo(2);
    }

    @Test
    void shouldSyncTheFileSystemThatTheImagesAreOn() throws IOException {
        assertThat(images.getFirst().fileSystem()).isEqualTo(images.getLast().fileSystem());
        try (FileSystemSync sync = FileSystemSync.of(images.getFirst()).orElseThrow()) {
            assertThat(ImageGroup.harden(images, sync)).isEmpty();
        }
    }

    @Test
    void shouldKnowKernelsWhoseSyncTellsOfFailedWrites() {
        assertThat(FileSystemSync.isKernelNewEnough("6.18.44-fc-v445")).isTrue();
        assertThat(FileSystemSync.isKernelNewEnough("5.8.0")).isTrue();
        assertThat(FileSystemSync.isKernelNewEnough("5.7.19")).isFalse();
        assertThat(FileSystemSync.isKernelNewEnough("4.19.0-21-amd64")).isFalse();
        assertThat(FileSystemSync.isKernelNewEnough("7")).isTrue();
        assertThat(FileSystemSync.isKernelNewEnough("unknown")).isFalse();
    }
}
