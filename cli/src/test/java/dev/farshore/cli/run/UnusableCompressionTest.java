package dev.farshore.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.cli.Main;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** In a process of its own: a library that was loaded once stays loaded. */
class UnusableCompressionTest {
    @TempDir private Path folder;

    @Test
    void shouldRefuseToStartANodeThatCouldPublishNothing() throws Exception {
        Path config = folder.resolve("node.yaml");
        Files.writeString(
                config,
                """
                site: a
                node: a-1
                dataDir: %s/data
                kafka: {bootstrapServers: "127.0.0.1:1"}
                compression: zstd
                registry: {url: "http://127.0.0.1:1/"}
                nbd: {listeners: ["tcp://127.0.0.1:0"]}
                startTimeout: 1s
                """
                        .formatted(folder));
        Process node =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-Djava.io.tmpdir=" + folder.resolve("missing"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "node",
                                "--config",
                                config.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(node.waitFor()).as(said).isEqualTo(1);
        assertThat(said).contains("compression: zstd does not work on this host");
        assertThat(folder.resolve("data")).doesNotExist();
    }
}
