package dev.farshore.apply.site;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

import java.util.Map;
import java.util.concurrent.ExecutionException;

/** Asks whether Kafka answers. */
final class KafkaProbe {
    private KafkaProbe() {}

    /**
     * Takes as long as {@code default.api.timeout.ms} at most.
     *
     * @param settings of an admin client
     */
    static boolean isThere(Map<String, Object> settings) {
        try (Admin admin = Admin.create(settings)) {
            return !admin.describeCluster().nodes().get().isEmpty();
        } catch (ExecutionException | KafkaException e) {
            return false; // how it fails does not matter
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
