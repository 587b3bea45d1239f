package dev.farshore.tests.support;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Records of one topic, written and read with Kafka's own clients. */
public record Records(String bootstrapServers, String topic) {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    public void createTopic() throws Exception {
        try (Admin admin = Admin.create(settings())) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                    .all()
                    .get(LIMIT.toSeconds(), SECONDS);
        }
    }

    /** Returns when all are acknowledged. */
    public void produce(String... values) throws Exception {
        try (var producer =
                new KafkaProducer<>(settings(), new StringSerializer(), new StringSerializer())) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, value)).get(LIMIT.toSeconds(), SECONDS);
            }
        }
    }

    /** Reads from the start until {@code count} are there or time is up. */
    public List<String> consume(int count) {
        List<String> values = new ArrayList<>();
        Instant deadline = Instant.now().plus(LIMIT);
        try (var consumer =
                new KafkaConsumer<>(
                        settings(), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seekToBeginning(consumer.assignment());
            while (values.size() < count && Instant.now().isBefore(deadline)) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(fetched -> values.add(fetched.value()));
            }
        }
        return values;
    }

    private Map<String, Object> settings() {
        return Map.of("bootstrap.servers", bootstrapServers);
    }
}
