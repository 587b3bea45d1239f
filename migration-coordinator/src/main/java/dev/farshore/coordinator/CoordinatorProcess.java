package dev.farshore.coordinator;

import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.start.KafkaReadiness;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSetup;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.util.function.Consumer;

/** A coordinator with the connections that it needs. */
public final class CoordinatorProcess implements AutoCloseable {
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
        ConnectionConfig connection = config.connection();
        KafkaReadiness.await(
                connection.kafka().bootstrap(),
                connection.kafka().properties(),
                connection.startTimeout(),
                news);
        try (Admin admin = Admin.create(connection.kafka().clientProperties())) {
            new TopicSetup(admin, connection.kafka().bootstrap())
                    .ensure(config.topics(), connection.startTimeout());
        }
        RegistryConnection registry =
                RegistryConnection.open(
                        connection.registry().url().toString(), connection.startTimeout());
        try {
            return new CoordinatorProcess(registry, Coordinator.start(config, registry.serdes()));
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
