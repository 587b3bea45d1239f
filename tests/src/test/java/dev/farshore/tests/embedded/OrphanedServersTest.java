package dev.farshore.tests.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.cli.Main;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.ChildProgram;
import dev.farshore.tests.support.Processes;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;

/** No way for a command to end leaves a broker or a registry behind. */
@Tag("slow")
@RunsOn(value = RunsOn.Place.EMBEDDED, because = "it tests a command that embeds its servers")
class OrphanedServersTest {
    private static final Duration START_LIMIT = Duration.ofMinutes(4);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);

    @TempDir private Path folder;

    @Test
    void shouldLeaveNoServerWhenTheCommandIsKilled() throws Exception {
        try (ChildProgram dev = startDev()) {
            dev.awaitOutput("Press Ctrl-C", START_LIMIT);
            assertThat(Processes.using(data())).hasSize(3);

            dev.signal("KILL");

            dev.awaitExit(END_LIMIT);
            Processes.assertNoneUse(data());
        }
    }

    @Test
    void shouldLeaveNoServerWhenTheCommandIsKilledWhileTheyStart() throws Exception {
        try (ChildProgram dev = startDev()) {
            dev.awaitOutput("Starting Kafka", START_LIMIT);

            dev.signal("KILL");

            dev.awaitExit(END_LIMIT);
            Processes.assertNoneUse(data());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void shouldStopTheServersInOrderWhenTheCommandIsToldToStop(String signal) throws Exception {
        try (ChildProgram dev = startDev()) {
            dev.awaitOutput("Press Ctrl-C", START_LIMIT);

            dev.signal(signal);

            dev.awaitExit(END_LIMIT);
            // The command itself has waited for them: nothing is left for a guard to do.
            assertThat(Processes.using(data())).isEmpty();
            assertThat(dev.output()).contains("Stopping.");
            assertThat(data().resolve("kafka/data/.kafka_cleanshutdown")).exists();
        }
    }

    @Test
    void shouldLeaveNoServerWhenInterruptedDuringStart() throws Exception {
        try (ChildProgram dev = startDev()) {
            dev.awaitOutput("Starting Kafka", START_LIMIT);

            dev.signal("INT");

            assertThat(dev.awaitExit(END_LIMIT)).isEqualTo(130);
            assertThat(Processes.using(data())).isEmpty();
            assertThat(dev.output()).contains("farshore: interrupted");
        }
    }

    private ChildProgram startDev() throws Exception {
        return ChildProgram.java(
                folder.resolve("output"), Main.class, "dev", "--data", data().toString());
    }

    private Path data() {
        return folder.resolve("data");
    }
}
