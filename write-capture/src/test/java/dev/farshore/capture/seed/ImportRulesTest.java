package dev.farshore.capture.seed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ImportRulesTest {
    private static final int QCOW_MAGIC = 0x514649fb;

    @TempDir private Path host;
    private Path folder;
    private Path secret;

    @BeforeEach
    void makeFiles() throws IOException {
        folder = Files.createDirectories(host.resolve("images"));
        secret = Files.writeString(host.resolve("secret"), "x".repeat(512));
        Files.writeString(folder.resolve("disk.raw"), "d".repeat(512));
        Files.createSymbolicLink(folder.resolve("link.raw"), secret);
        Files.createDirectories(host.resolve("images-of-others"));
    }

    @Test
    void shouldImportFilesOfAnAllowedFolder() throws IOException {
        assertThat(open(folder.resolve("disk.raw"), "raw").sizeBytes()).isEqualTo(512);
    }

    @Test
    void shouldImportNothingUnlessAFolderIsAllowed() {
        assertThatThrownBy(
                        () ->
                                new ImportFile(
                                                folder.resolve("disk.raw"),
                                                "raw",
                                                host.resolve("scratch"),
                                                ImportRules.NONE)
                                        .open(4096))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("imports.folders")
                .hasMessageContaining("none is");
    }

    @ParameterizedTest
    @CsvSource({"secret", "images/../secret", "images/link.raw", "images-of-others/disk", "none"})
    void shouldRefuseAFileThatIsNotInAnAllowedFolder(String path) {
        assertThatThrownBy(() -> open(host.resolve(path), "raw"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("imports.folders")
                .hasMessageContaining(folder.toString());
    }

    @Test
    void shouldRefuseAFolderAndSayThatAFileIsNotThere() {
        assertThatThrownBy(() -> open(folder, "raw"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("no file");
        assertThatThrownBy(() -> open(folder.resolve("none"), "raw"))
                .hasMessageContaining("no such file");
    }

    @Test
    void shouldRefuseAQcow2ThatReadsAnotherFile() throws IOException {
        assertThatThrownBy(() -> open(qcow2(3, 112, 0), "qcow2"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("backing file");
        assertThatThrownBy(() -> open(qcow2(2, 112, 0), "qcow2"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("backing file");
        assertThatThrownBy(() -> open(qcow2(3, 0, 1 << 2), "qcow2"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("external data file");
        assertThatThrownBy(() -> open(folder.resolve("disk.raw"), "qcow2"))
                .isInstanceOf(SeedRefusedException.class)
                .hasMessageContaining("no qcow2");
    }

    @Test
    void shouldTakeAQcow2ThatIsWholeOrWhoseMakerIsTrusted() throws IOException {
        new ImportRules(List.of(folder), false).requireWhole(qcow2(3, 0, 1));
        new ImportRules(List.of(folder), true).requireWhole(qcow2(3, 112, 1 << 2));
    }

    /** Only the header's beginning. */
    private Path qcow2(int version, long backingFileOffset, long incompatibleFeatures)
            throws IOException {
        ByteBuffer header =
                ByteBuffer.allocate(512)
                        .putInt(QCOW_MAGIC)
                        .putInt(version)
                        .putLong(backingFileOffset)
                        .putLong(72, incompatibleFeatures);
        return Files.write(folder.resolve("disk.qcow2"), header.array());
    }

    private SeedSource open(Path path, String format) throws IOException {
        return new ImportFile(
                        path,
                        format,
                        host.resolve("scratch"),
                        new ImportRules(List.of(folder), false))
                .open(4096);
    }
}
