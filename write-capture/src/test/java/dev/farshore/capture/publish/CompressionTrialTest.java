package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

class CompressionTrialTest {
    /** For a process of its own: a library that was loaded once stays loaded. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws IOException {
            CompressionTrial.require(args[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void shouldFindThatAllOfKafkasWorkHere(String compression) {
        assertThatCode(() -> CompressionTrial.require(compression)).doesNotThrowAnyException();
    }

    @Test
    void shouldSayThatALibraryCanNotBeUnpackedAndWhere(@TempDir Path folder) throws Exception {
        Path missing = folder.resolve("missing");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-Djava.io.tmpdir=" + missing,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "zstd")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isEqualTo(1);
        assertThat(said)
                .contains("IOException: compression: zstd does not work on this host: ")
                .contains("the folder for temporary files, " + missing);
    }
}
