package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What nbdinfo shows of the blocks that a site lacks. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class DirtyMapTest {
    private static final long SIZE_BYTES = 64L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Path folder;
    private Sites sites;

    @BeforeAll
    void start(KafkaEnvironment environment, @TempDir Path temporary) throws Exception {
        folder = temporary;
        sites = new Sites(temporary, environment, "da", "db");
    }

    @AfterAll
    void stop() {
        sites.close();
    }

    @Test
    void shouldShowWhatAStoppedSiteLacksUntilItHasCaughtUp() throws Exception {
        sites.createVolume("map-disk", SIZE_BYTES, "da");
        String uri = "nbd+unix:///map-disk?socket=" + sites.node("da").socket();
        write(uri, "write -P 1 0 1M");
        sites.awaitHardened("map-disk");
        sites.node("db").stop();

        write(uri, "write -P 2 64k 4k", "write -P 3 68k 4k", "discard 1M 64k");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(lines(map(uri, "farshore:dirty-db")))
                                        .containsExactly(
                                                "0 65536 0",
                                                "65536 8192 1",
                                                "73728 974848 0",
                                                "1048576 65536 1",
                                                "1114112 65994752 0"));
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(lines(map(uri, "farshore:dirty-da")))
                                        .containsExactly("0 67108864 0"));
        assertThat(lines(map(uri, "base:allocation"))).isNotEmpty();
        assertThat(run("nbdinfo", uri))
                .contains("base:allocation", "farshore:dirty-da", "farshore:dirty-db");

        sites.node("da").stop();
        sites.node("da").start();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(lines(map(uri, "farshore:dirty-db")))
                                        .as("after a restart of the owner's node")
                                        .contains("65536 8192 1", "1048576 65536 1")
                                        .hasSize(5));

        sites.node("db").start();
        sites.awaitHardened("map-disk");
        await().atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(lines(map(uri, "farshore:dirty-db")))
                                        .containsExactly("0 67108864 0"));
    }

    private void write(String uri, String... commands) throws Exception {
        Stream<String> arguments = Stream.of(commands).flatMap(command -> Stream.of("-c", command));
        run(
                "qemu-io",
                Stream.concat(Stream.of("-f", "raw"), Stream.concat(arguments, Stream.of(uri)))
                        .toArray(String[]::new));
    }

    private String map(String uri, String context) throws Exception {
        return run("nbdinfo", "--map=" + context, uri);
    }

    /** Offset, length and flags of each extent. */
    private static String[] lines(String map) {
        return map.lines()
                .map(line -> line.strip().split("\\s+"))
                .map(words -> String.join(" ", words[0], words[1], words[2]))
                .toArray(String[]::new);
    }

    private String run(String tool, String... arguments) throws Exception {
        Path program = RealTools.require(tool);
        Process process =
                new ProcessBuilder(
                                Stream.concat(Stream.of(program.toString()), Stream.of(arguments))
                                        .toList())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status of %s: %s", tool, output).isZero();
        return output;
    }
}
