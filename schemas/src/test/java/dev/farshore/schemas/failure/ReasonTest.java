package dev.farshore.schemas.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

class ReasonTest {
    @TempDir private Path folder;

    @Test
    void shouldSayWhatIsWrongWithAFileBesideItsPath() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(Reason.of(catchThrowable(() -> Files.size(folder.resolve("none")))))
                .isEqualTo(folder.resolve("none") + ": no such file or folder");
        assertThat(Reason.of(catchThrowable(() -> Files.createDirectory(file))))
                .isEqualTo(file + ": exists already");
        assertThat(Reason.of(catchThrowable(() -> Files.delete(folder))))
                .isEqualTo(folder + ": is not empty");
        assertThat(Reason.of(catchThrowable(() -> Files.list(file))))
                .isEqualTo(file + ": is no folder");
        assertThat(Reason.of(new AccessDeniedException("/etc/shadow")))
                .isEqualTo("/etc/shadow: permission denied");
        assertThat(Reason.of(new FileSystemException("/data/x", null, "No space left on device")))
                .isEqualTo("/data/x: No space left on device");
    }

    @Test
    void shouldFindWordsForAnExceptionWithoutMessage() {
        assertThat(Reason.of(new ConnectException())).isEqualTo("connection refused");
        assertThat(Reason.of(new UnknownHostException("kafka")))
                .isEqualTo("there is no host 'kafka'");
        assertThat(Reason.of(new IllegalStateException()))
                .isEqualTo("java.lang.IllegalStateException");
    }
}
