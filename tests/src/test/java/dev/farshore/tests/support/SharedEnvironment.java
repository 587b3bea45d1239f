package dev.farshore.tests.support;

import dev.farshore.testkit.embedded.WorkFolder;
import dev.farshore.tests.fixture.KafkaEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Gives tests an {@link KafkaEnvironment} parameter: one for all test classes of a JVM, started
 * when the first asks for it. A class leaves the servers running; one that stops or kills them
 * starts its own. After each class its topics are deleted, so that the next one's nodes don't read
 * what is none of theirs.
 */
public final class SharedEnvironment implements AfterAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SharedEnvironment.class);
    private static final int PATIENCE_SECONDS = 60;

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == KafkaEnvironment.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return store(context)
                .getOrComputeIfAbsent(Running.class, key -> Running.start(), Running.class)
                .environment();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        Running running = store(context).get(Running.class, Running.class);
        if (running != null) {
            deleteTopics(running.environment());
        }
    }

    private static void deleteTopics(KafkaEnvironment environment) throws Exception {
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                environment.bootstrapServers()))) {
            admin.deleteTopics(admin.listTopics().names().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .all()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static Store store(ExtensionContext context) {
        return context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE);
    }

    /** Closed by JUnit after the last test of the JVM. */
    private record Running(WorkFolder folder, KafkaEnvironment environment)
            implements AutoCloseable {

        static Running start() {
            try {
                WorkFolder folder = WorkFolder.orTemporary(null, "farshore-tests-");
                return new Running(
                        folder, KafkaEnvironment.start(KafkaEnvironment.Setup.in(folder.path())));
            } catch (Exception e) {
                throw new IllegalStateException("the tests' Kafka and registry did not start", e);
            }
        }

        @Override
        public void close() throws Exception {
            environment.close();
            folder.close();
        }
    }
}
