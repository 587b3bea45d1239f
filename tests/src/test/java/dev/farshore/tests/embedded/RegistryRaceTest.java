package dev.farshore.tests.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
class RegistryRaceTest {

    /** Nodes of a fleet start together, and each registers the schemas. */
    @Test
    void shouldLetNodesThatStartTogetherRegisterTheSchemas(KafkaEnvironment environment)
            throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<RegistryConnection>> starts = new ArrayList<>();
            for (int node = 0; node < 6; node++) {
                starts.add(
                        executor.submit(
                                () ->
                                        RegistryConnection.open(
                                                environment.registryUrl(),
                                                Duration.ofSeconds(60))));
            }
            for (Future<RegistryConnection> start : starts) {
                try (RegistryConnection registry = start.get()) {
                    assertThat(registry.serdes()).isNotNull();
                }
            }
        }
    }
}
