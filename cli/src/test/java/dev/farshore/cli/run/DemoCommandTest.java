package dev.farshore.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.farshore.testkit.simulated.TwoSites;
import dev.farshore.testkit.workload.TraceFile;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

@Tag("slow")
@Timeout(180)
class DemoCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final AtomicReference<Path> stageFolder = new AtomicReference<>();

    @TempDir Path folder;

    @Test
    void shouldMoveTheVmThereAndBackAndFindNothingLost() throws IOException {
        Path json = folder.resolve("report.json");

        int status =
                execute(TwoSites.Tampering.NONE, "--duration=4s", "--rate=500", "--json=" + json);

        assertThat(status).as("%s%s", out, err).isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.at("/passed").asBoolean()).isTrue();
        assertThat(report.at("/writes").asLong()).isPositive();
        assertThat(report.at("/bytes").asLong()).isPositive();
        assertThat(report.at("/lostWrites").asLong(-1)).isZero();
        assertThat(report.at("/imagesIdentical").asBoolean()).isTrue();
        assertThat(report.at("/lagMillis/p50").asLong()).isEqualTo(7);
        assertThat(report.at("/lagMillis/p99").asLong()).isEqualTo(7);
        assertThat(report.at("/lagMillis/max").asLong()).isEqualTo(7);
        assertThat(report.at("/migrations")).hasSize(2);
        assertThat(report.at("/migrations/0/from").asText()).isEqualTo("a");
        assertThat(report.at("/migrations/0/to").asText()).isEqualTo("b");
        assertThat(report.at("/migrations/0/phases/seal").asLong()).isEqualTo(12);
        assertThat(report.at("/migrations/0/downtimeMillis").isIntegralNumber()).isTrue();
        assertThat(report.at("/migrations/1/to").asText()).isEqualTo("a");
        assertThat(report.at("/flushPoints").asLong()).isPositive();
        assertThat(report.at("/flushPointsChecked/a").asLong())
                .isEqualTo(report.at("/flushPoints").asLong())
                .isEqualTo(report.at("/flushPointsChecked/b").asLong());
        assertThat(report.at("/latencyMicros/write/p99").asLong()).isPositive();
        assertThat(report.at("/reconnects").asLong()).isGreaterThanOrEqualTo(4);
        assertThat(out.toString())
                .contains("Watch it at http://127.0.0.1:8088/")
                .contains("Moving VM db from site a to site b.")
                .contains("moved from a to b to a under load, and nothing was lost");
        assertThat(stageFolder.get()).as("the stage's data").doesNotExist();
    }

    @Test
    void shouldReplayATrace() throws IOException {
        StringBuilder text = new StringBuilder(TraceFile.HEADER).append('\n');
        for (int line = 0; line < 2000; line++) {
            text.append(line)
                    .append(line % 4 == 0 ? ",read," : ",write,")
                    .append(line * 7919L % 5003 * 4096 + 512)
                    .append(",3584\n");
        }
        Path trace = Files.writeString(folder.resolve("trace.csv"), text);
        Path json = folder.resolve("report.json");

        int status =
                execute(
                        TwoSites.Tampering.NONE,
                        "--duration=4s",
                        "--rate=200",
                        "--trace=" + trace,
                        "--json=" + json);

        assertThat(status).as("%s%s", out, err).isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.at("/writes").asLong()).isGreaterThan(1500);
    }

    @Test
    void shouldFailAndSayWhatDiffersFirst() throws IOException {
        AtomicBoolean isDropped = new AtomicBoolean();
        Path json = folder.resolve("report.json");

        int status =
                execute(
                        (site, event) ->
                                site.equals("b")
                                                && event.seq() > 50
                                                && event.payload().capacity() >= 16 << 10
                                                && event.payload().getLong(0) != 0
                                                && isDropped.compareAndSet(false, true)
                                        ? List.of()
                                        : List.of(event),
                        "--duration=4s",
                        "--rate=500",
                        "--json=" + json);

        assertThat(isDropped).isTrue();
        assertThat(status).isEqualTo(1);
        assertThat(out.toString())
                .contains("NOT ALL IS WELL")
                .containsPattern("FAULT +[\\d,]+ sectors were wrong at flush points")
                .containsPattern("first +db-\\w+ at site b, offset \\d+: expected write \\d+")
                .contains("found zeroes (FLUSH with seq");
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.at("/passed").asBoolean(true)).isFalse();
        assertThat(report.at("/differences/0/site").asText()).isEqualTo("b");
        assertThat(report.at("/flushPointFaults").asLong()).isPositive();
    }

    @Test
    void shouldKeepTheDataWhenAskedTo() throws IOException {
        int status = execute(TwoSites.Tampering.NONE, "--duration=4s", "--rate=100", "--keep");

        assertThat(status).isZero();
        Path kept = stageFolder.get();
        assertThat(out.toString()).contains("Everything is kept in " + kept);
        assertThat(kept.resolve("db-data-a.raw")).exists();
        try (var files = Files.list(kept)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(kept);
    }

    @Test
    void shouldNameTheLineOfATraceThatIsWrongBeforeAnythingStarts() throws IOException {
        Path trace =
                Files.writeString(
                        folder.resolve("trace.csv"), TraceFile.HEADER + "\n0,write,1,512\n");

        int status = execute(TwoSites.Tampering.NONE, "--trace=" + trace);

        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains(trace + ", line 2: offset_bytes 1 is no multiple");
        assertThat(stageFolder.get()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --duration=fast    | 'fast' is no duration
                    --duration=1s      | at least 4s
                    --port=70000       | --port: 70000 is not allowed
                    --rate=-1          | --rate: -1 is not allowed
                    --depth=0          | --depth: 0 is not allowed
                    --trace=/nowhere/x | --trace: /nowhere/x is not allowed
                    --json=/nowhere/x  | --json: /nowhere/x is not allowed
                    """)
    void shouldRefuseOptionsThatMakeNoSense(String option, String why) {
        int status = execute(TwoSites.Tampering.NONE, option);

        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).contains(why);
    }

    private int execute(TwoSites.Tampering tampering, String... options) {
        DemoCommand command =
                new DemoCommand(
                        TwoSites.NAMES,
                        settings -> {
                            stageFolder.set(settings.folder());
                            return new TwoSitesStage(settings, tampering);
                        });
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler(
                        (failure, line, _) -> {
                            line.getErr().println(failure.getMessage());
                            return 1;
                        })
                .execute(options);
    }
}
