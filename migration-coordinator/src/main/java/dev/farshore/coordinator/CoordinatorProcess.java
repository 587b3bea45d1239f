package dev.farshore.coordinator;

import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.process.start.KafkaReadiness;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSetup;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/** A coordinator with the connections that it needs. */
public final class CoordinatorProcess implements AutoCloseable {
    /**
     * Kafka takes 9 s by default to notice a dead broker, and some more to go on with another. What
     * is given up before that may be in the log all the same: its caller is told of a failure and
     * does not know.
     */
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(20);

    private final RegistryConnection registry;
    private final Coordinator coordinator;

    private CoordinatorProcess(RegistryConnection registry, Coordinator coordinator) {
        this.registry = registry;
        this.coordinator = coordinator;
    }

    /**
     * Creates the topics if they are missing, and starts the coordinator.
     *
     * @param news told what is being waited for, a line at a time
     */
    public static CoordinatorProcess start(CoordinatorConfig config, Consumer<String> news)
            throws IOException, InterruptedException {
        KafkaReadiness.await(
                config.kafka().bootstrap(),
                config.kafka().properties(),
                config.startTimeout(),
                news);
        try (Admin admin = Admin.create(config.kafka().clientProperties())) {
            new TopicSetup(admin, config.kafka().bootstrap())
                    .ensure(config.topics(), config.startTimeout());
        }
        RegistryConnection registry =
                RegistryConnection.open(config.registry().url().toString(), config.startTimeout());
        try {
            CoordinatorSettings settings =
                    new CoordinatorSettings(
                            config.kafka().clientProperties(),
                            config.http().host(),
                            config.http().port(),
                            Set.copyOf(config.sites()),
                            config.migrations(),
                            CoordinatorSettings.DEFAULT_LAG_LOOK_BACK_RECORDS,
                            config.startTimeout(),
                            WRITE_TIMEOUT,
                            config.retentionWarningPercent() / 100.0,
                            Set.copyOf(config.http().allowedHosts()));
            return new CoordinatorProcess(registry, Coordinator.start(settings, registry.serdes()));
        } catch (InterruptedException | RuntimeException e) {
            registry.close();
            throw e;
        }
    }

    public Coordinator coordinator() {
        return coordinator;
    }

    @Override
    public void close() {
        coordinator.close();
        registry.close();
    }
}
