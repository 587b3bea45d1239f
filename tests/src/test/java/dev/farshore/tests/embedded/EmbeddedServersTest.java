package dev.farshore.tests.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.testkit.embedded.EmbeddedFiles;
import dev.farshore.testkit.embedded.EmbeddedKafka;
import dev.farshore.testkit.embedded.EmbeddedServer;
import dev.farshore.testkit.embedded.EmbeddedStartException;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.Processes;
import dev.farshore.tests.support.Records;
import dev.farshore.tests.support.Schemas;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

@Tag("slow")
@RunsOn(value = RunsOn.Place.EMBEDDED, because = "it tests the embedded servers themselves")
class EmbeddedServersTest {

    @Test
    void shouldLeaveNoProcessWhenClosed(@TempDir Path folder) throws Exception {
        List<String> news = Collections.synchronizedList(new ArrayList<>());
        EmbeddedEnvironment environment =
                EmbeddedEnvironment.start(
                        new EmbeddedEnvironment.Settings(folder, 0, 0, news::add));
        long kafka = environment.kafka().pid();
        long registry = environment.registry().pid();
        assertThat(Processes.using(folder)).extracting(ProcessHandle::pid).contains(registry);

        environment.close();

        assertThat(ProcessHandle.of(kafka)).isEmpty();
        assertThat(ProcessHandle.of(registry)).isEmpty();
        assertThat(Processes.using(folder)).isEmpty();
        assertThat(news)
                .anyMatch(line -> line.startsWith("Starting Kafka on "))
                .anyMatch(line -> line.startsWith("Kafka is up after"))
                .anyMatch(line -> line.startsWith("the schema registry is up after"));
    }

    @Test
    void shouldKeepRecordsAndSchemasOverAKillAndAStop(@TempDir Path folder) throws Exception {
        try (EmbeddedEnvironment environment =
                EmbeddedEnvironment.start(EmbeddedEnvironment.Settings.in(folder))) {
            Records records = new Records(environment.bootstrapServers(), "kept");
            Schemas schemas = new Schemas(environment.registryUrl());
            records.createTopic();
            records.produce("before the kill");
            int id = schemas.register("kept-value", "\"long\"");

            environment.kafka().kill();
            environment.registry().kill();
            assertThat(environment.kafka().isRunning()).isFalse();
            startBoth(environment);
            records.produce("before the stop");
            assertThat(schemas.idOf("kept-value")).isEqualTo(id);

            environment.kafka().stop();
            environment.registry().stop();
            startBoth(environment);

            assertThat(records.consume(2)).containsExactly("before the kill", "before the stop");
            assertThat(schemas.idOf("kept-value")).isEqualTo(id);
        }
    }

    private static void startBoth(EmbeddedEnvironment environment) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<?> start :
                    threads.invokeAll(
                            List.of(start(environment.kafka()), start(environment.registry())))) {
                start.get();
            }
        }
    }

    private static Callable<Void> start(EmbeddedServer server) {
        return () -> {
            server.start();
            return null;
        };
    }

    @Test
    void shouldSayThatItsPortIsTaken(@TempDir Path folder) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();

            assertThatThrownBy(
                            () ->
                                    EmbeddedEnvironment.start(
                                            new EmbeddedEnvironment.Settings(
                                                    folder, port, 0, line -> {})))
                    .isInstanceOf(EmbeddedStartException.class)
                    .hasMessageContaining("something else listens on 127.0.0.1:" + port);
        }
        Processes.assertNoneUse(folder);
    }

    @Test
    void shouldShowTheLogOfABrokerThatDoesNotStart(@TempDir Path folder) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(
                data.resolve("meta.properties"), "version=1\ncluster.id=another\nnode.id=7\n");
        EmbeddedKafka kafka = new EmbeddedKafka(EmbeddedFiles.locate(), folder, 0, line -> {});

        assertThatThrownBy(kafka::start)
                .isInstanceOf(EmbeddedStartException.class)
                .hasMessageContaining("Kafka ended while starting (exit status 1)")
                .hasMessageContaining(kafka.logFile().toString())
                .hasMessageContaining("another");
        Processes.assertNoneUse(folder);
    }
}
