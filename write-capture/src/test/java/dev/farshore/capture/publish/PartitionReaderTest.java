package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;

import javax.management.ObjectName;

class PartitionReaderTest {
    private static final String CLIENT = "reader-that-gives-up";

    @Test
    void shouldCloseItsConsumerWhenTheBrokersDoNotAnswer() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, Object> config =
                    Map.of(
                            "bootstrap.servers",
                            "127.0.0.1:" + silent.getLocalPort(),
                            "client.id",
                            CLIENT,
                            "default.api.timeout.ms",
                            300,
                            "request.timeout.ms",
                            200);

            assertThatThrownBy(() -> new PartitionReader(config, "farshore.writes", 3))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("farshore.writes-3");
        }
        assertThat(
                        ManagementFactory.getPlatformMBeanServer()
                                .isRegistered(
                                        new ObjectName(
                                                "kafka.consumer:type=app-info,id=" + CLIENT)))
                .as("a consumer that is not closed")
                .isFalse();
    }
}
