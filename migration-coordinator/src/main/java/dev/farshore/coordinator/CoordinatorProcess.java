package dev.farshore.coordinator;

import dev.farshore.coordinator.config.CoordinatorConfig;
import dev.farshore.process.config.ConnectionConfig;
import dev.farshore.process.start.ClusterWatch;
import dev.farshore.process.start.KafkaReadiness;
import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.ProcessAccess;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.schemas.topic.TopicSetupException;

import org.apache.kafka.clients.admin.Admin;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** A coordinator with the connections that it needs. */
public final class CoordinatorProcess implements AutoCloseable {
    private final ClusterWatch cluster;
    private final RegistryConnection registry;
    private final Coordinator coordinator;

    private CoordinatorProcess(
            ClusterWatch cluster, RegistryConnection registry, Coordinator coordinator) {
        this.cluster = cluster;
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
        ClusterWatch cluster =
                ClusterWatch.start(
                        connection.kafka().clientProperties(),
                        new ProcessAccess(
                                new AclRole.Coordinator(),
                                connection.kafka().bootstrap(),
                                connection.kafka().principal()));
        try {
            return start(config, cluster);
        } catch (TopicSetupException e) {
            cluster.close();
            if (e.mayNotCreate().isEmpty()) {
                throw e;
            }
            throw cluster.mayNotCreate(List.of(e.mayNotCreate()));
        } catch (InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private static CoordinatorProcess start(CoordinatorConfig config, ClusterWatch cluster)
            throws InterruptedException {
        ConnectionConfig connection = config.connection();
        try (Admin admin = Admin.create(connection.kafka().clientProperties())) {
            new TopicSetup(admin, connection.kafka().bootstrap())
                    .ensure(config.topics(), connection.startTimeout());
        }
        cluster.requireTopics();
        RegistryConnection registry =
                RegistryConnection.open(
                        connection.registry().url().toString(),
                        connection.registryProperties(),
                        connection.startTimeout());
        try {
            return new CoordinatorProcess(
                    cluster, registry, Coordinator.start(config, registry.serdes(), cluster));
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
        cluster.close();
    }
}
