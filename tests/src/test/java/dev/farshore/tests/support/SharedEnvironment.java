package dev.farshore.tests.support;

import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.testkit.embedded.WorkFolder;

import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests an {@link EmbeddedEnvironment} parameter: one for all tests of a JVM, started when
 * the first asks for it. So a test uses names of its own for topics and volumes, and leaves the
 * servers running; a test that stops or kills one starts its own environment.
 */
public final class SharedEnvironment implements Extension, ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == EmbeddedEnvironment.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedEnvironment.class))
                .getOrComputeIfAbsent(Running.class, key -> Running.start(), Running.class)
                .environment();
    }

    /** Closed by JUnit after the last test of the JVM. */
    private record Running(WorkFolder folder, EmbeddedEnvironment environment)
            implements AutoCloseable {

        static Running start() {
            try {
                WorkFolder folder = WorkFolder.orTemporary(null, "farshore-tests-");
                return new Running(
                        folder,
                        EmbeddedEnvironment.start(EmbeddedEnvironment.Settings.in(folder.path())));
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
