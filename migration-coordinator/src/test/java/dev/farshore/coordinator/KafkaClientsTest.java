package dev.farshore.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;

class KafkaClientsTest {
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(20);

    private final ProducerConfig config = config();

    @Test
    void shouldHaveTimeForTheNextLeaderAfterRequestsToADeadOne() {
        // 9 s until the brokers notice, a request under way then, and a connection to the next.
        long untilNoticedMillis = 9_000;
        long requestMillis = config.getInt(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG);
        long connectMillis =
                config.getLong(ProducerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG);

        assertThat(untilNoticedMillis + requestMillis + connectMillis)
                .isLessThan(config.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG));
    }

    @Test
    void shouldGiveUpAWriteWithinItsTime() {
        assertThat(config.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
                .isEqualTo((int) WRITE_TIMEOUT.toMillis());
        assertThat(config.getLong(ProducerConfig.MAX_BLOCK_MS_CONFIG))
                .isEqualTo(WRITE_TIMEOUT.toMillis());
    }

    private static ProducerConfig config() {
        Map<String, Object> config =
                KafkaClients.producerConfig(
                        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:9"),
                        WRITE_TIMEOUT);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        return new ProducerConfig(config);
    }
}
