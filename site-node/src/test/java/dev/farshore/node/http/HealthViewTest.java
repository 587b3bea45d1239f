package dev.farshore.node.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.farshore.apply.site.ApplyHealth;
import dev.farshore.process.start.KafkaConditions;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class HealthViewTest {
    private static final Map<String, String> TROUBLES = Map.of("db", "no room for its journal");

    private final JsonMapper mapper = JsonMapper.builder().build();

    @Test
    void shouldSayWhichVolumesCanNotBeWrittenThoughTheNodeIsUp() throws Exception {
        HealthView health =
                HealthView.of(new ApplyHealth(true, "serving", 0), TROUBLES, KafkaConditions.NONE);

        assertThat(health.isAvailable()).isTrue();
        assertThat(mapper.writeValueAsString(health))
                .isEqualTo(
                        "{\"status\":\"degraded: volumes that can't be written\","
                                + "\"notServed\":{\"db\":\"no room for its journal\"},"
                                + "\"warnings\":[]}");
    }

    @Test
    void shouldSayFirstThatItDoesNotApply() {
        HealthView health =
                HealthView.of(
                        new ApplyHealth(false, "does not apply: x", 0),
                        TROUBLES,
                        KafkaConditions.NONE);

        assertThat(health.isAvailable()).isFalse();
        assertThat(health.status()).isEqualTo("does not apply: x");
    }

    @Test
    void shouldSayThatAllIsWell() {
        HealthView health =
                HealthView.of(new ApplyHealth(true, "serving", 0), Map.of(), KafkaConditions.NONE);

        assertThat(health).isEqualTo(new HealthView(true, "serving", Map.of(), List.of()));
    }
}
