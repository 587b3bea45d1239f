package dev.farshore.tests.crash;

import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;

import org.apache.kafka.clients.admin.Admin;

import java.time.Duration;
import java.util.Map;

/** What a broker of these tests needs before capture starts. */
final class Brokers {
    private Brokers() {}

    static void createTopics(String brokers) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            new TopicSetup(admin, brokers).ensure(TopicSettings.of(1, 1), Duration.ofSeconds(30));
        }
    }
}
