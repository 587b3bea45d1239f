package dev.farshore.tests.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.cli.Main;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.ChildProgram;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

@Tag("slow")
@RunsOn(value = RunsOn.Place.EMBEDDED, because = "it tests a command that embeds its servers")
class CaptureBenchTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @Test
    void shouldMeasureEveryNumberAndWriteThemForPrograms(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path json = folder.resolve("bench.json");
        Path data = Files.createDirectory(folder.resolve("data"));
        try (ChildProgram bench =
                ChildProgram.java(
                        folder.resolve("out"),
                        Main.class,
                        "bench",
                        "capture",
                        "--rounds",
                        "1",
                        "--time",
                        "200ms",
                        "--size",
                        "64MiB",
                        "--data",
                        data.toString(),
                        "--json",
                        json.toString())) {
            assertThat(bench.awaitExit(LIMIT)).as(bench.output()).isZero();
        }
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.path("machine").asText()).contains("cores");
        assertThat(report.path("results")).hasSizeGreaterThan(15);
        for (JsonNode result : report.path("results")) {
            assertThat(result.fieldNames())
                    .toIterable()
                    .containsExactly(
                            "name", "value", "unit", "peer", "peerValue", "ratio", "target", "met");
            // So little garbage is made that a short run may have no pause for it at all.
            boolean mayBeZero = result.path("name").asText().startsWith("longest pause");
            assertThat(result.path("value").asDouble())
                    .as("%s", result)
                    .isGreaterThan(mayBeZero ? -1 : 0);
            assertThat(result.path("met").isBoolean()).isTrue();
        }
    }
}
