package dev.farshore.bench.apply;

import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.registry.RegistryConnection;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * The embedded broker and registry with empty topics.
 *
 * <p>Threading: one thread. Ownership: whoever started it closes it.
 */
public final class BenchLog implements AutoCloseable {
    /** As many as the largest case has use for; more cost every case. */
    static final int PARTITIONS = 64;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final EmbeddedEnvironment environment;
    private final RegistryConnection registry;
    private final Admin admin;

    private BenchLog(EmbeddedEnvironment environment, RegistryConnection registry, Admin admin) {
        this.environment = environment;
        this.registry = registry;
        this.admin = admin;
    }

    public static BenchLog start(Path folder, Consumer<String> news)
            throws IOException, InterruptedException {
        EmbeddedEnvironment environment =
                EmbeddedEnvironment.start(new EmbeddedEnvironment.Settings(folder, 0, 0, news));
        try {
            BenchLog log =
                    new BenchLog(
                            environment,
                            RegistryConnection.open(environment.registryUrl(), PATIENCE),
                            Admin.create(
                                    Map.of(
                                            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                            environment.bootstrapServers())));
            log.createTopics();
            return log;
        } catch (InterruptedException | RuntimeException e) {
            environment.close();
            throw e;
        }
    }

    private void createTopics() throws InterruptedException {
        new TopicSetup(admin, bootstrapServers()).ensure(TopicSettings.of(PARTITIONS, 1), PATIENCE);
    }

    /** Throws away all that was written. */
    void reset() throws IOException, InterruptedException {
        List<String> topics = List.of(Topics.WRITES, Topics.HEADERS, Topics.PROGRESS);
        try {
            admin.deleteTopics(topics).all().get();
            while (!admin.listTopics().names().get().stream().noneMatch(topics::contains)) {
                Thread.sleep(20);
            }
        } catch (ExecutionException e) {
            throw new IOException("deleting the topics of the last case: " + e.getCause(), e);
        }
        createTopics();
    }

    /**
     * Throws away the events there are, but not where the next ones go: reading begins with them.
     */
    void forgetEvents() throws IOException, InterruptedException {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            ends.put(new TopicPartition(Topics.WRITES, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        try {
            admin.listOffsets(ends)
                    .all()
                    .get()
                    .forEach(
                            (partition, end) ->
                                    all.put(partition, RecordsToDelete.beforeOffset(end.offset())));
            admin.deleteRecords(all).all().get();
        } catch (ExecutionException e) {
            throw new IOException("deleting what the volumes were filled with: " + e.getCause(), e);
        }
    }

    public String bootstrapServers() {
        return environment.bootstrapServers();
    }

    public FarshoreSerdes serdes() {
        return registry.serdes();
    }

    @Override
    public void close() {
        admin.close();
        registry.close();
        environment.close();
    }
}
