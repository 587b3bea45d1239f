package dev.farshore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;

import io.confluent.kafka.schemaregistry.client.rest.RestService;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LogLevelsTest {

    /** Which the client writes by itself; our own code says in a line that it tries again. */
    @Test
    void shouldPrintNoStackTraceForEachTryToReachTheRegistry() throws Exception {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogLevelsTest.class.getResource("/logback.xml"));

        Logger client = context.getLogger(RestService.class);
        assertThat(client.isErrorEnabled()).isFalse();
        assertThat(context.getLogger("io.confluent").isErrorEnabled()).isTrue();
    }
}
