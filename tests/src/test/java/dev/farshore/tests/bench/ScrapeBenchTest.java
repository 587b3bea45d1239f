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
import java.nio.file.Path;
import java.time.Duration;

@Tag("slow")
@RunsOn(value = RunsOn.Place.EMBEDDED, because = "it tests a command that embeds its servers")
class ScrapeBenchTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @Test
    void shouldScrapeANodeThatWritesSeveralVolumes(@TempDir Path folder)
            throws IOException, InterruptedException {
        Path json = folder.resolve("bench.json");
        try (ChildProgram bench =
                ChildProgram.java(
                        folder.resolve("out"),
                        Main.class,
                        "bench",
                        "scrape",
                        "--volumes",
                        "4",
                        "--scrapes",
                        "3",
                        "--json",
                        json.toString())) {
            assertThat(bench.awaitExit(LIMIT)).as(bench.output()).isZero();
        }
        JsonNode results = new ObjectMapper().readTree(json.toFile()).path("results");
        assertThat(results).hasSize(7);
        for (JsonNode result : results) {
            assertThat(result.path("name").asText()).contains("4 volumes");
            assertThat(result.path("value").asDouble()).as("%s", result).isPositive();
        }
    }
}
