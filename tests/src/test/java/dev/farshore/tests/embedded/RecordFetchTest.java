package dev.farshore.tests.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.capture.read.kafka.WriteLogs;
import dev.farshore.capture.read.latest.PayloadGoneException;
import dev.farshore.capture.read.latest.WriteLog;
import dev.farshore.schemas.topic.TopicSettings;
import dev.farshore.schemas.topic.TopicSetup;
import dev.farshore.schemas.topic.Topics;
import dev.farshore.tests.fixture.KafkaEnvironment;
import dev.farshore.tests.fixture.RunsOn;
import dev.farshore.tests.support.SharedEnvironment;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Records by their offset from a real broker: many readers, and after retention. */
@Tag("slow")
@RunsOn(RunsOn.Place.EITHER)
@ExtendWith(SharedEnvironment.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RecordFetchTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int RECORDS = 2000;
    private static final TopicPartition PARTITION = new TopicPartition(Topics.WRITES, 0);

    @Test
    void shouldFetchWhatIsAskedForAndSayWhatIsGone(KafkaEnvironment environment) throws Exception {
        String brokers = environment.bootstrapServers();
        Map<String, Object> client = Map.of("bootstrap.servers", brokers);
        try (Admin admin = Admin.create(client)) {
            new TopicSetup(admin, brokers).ensure(TopicSettings.of(1, 1), PATIENCE);
            write(brokers);

            try (WriteLogs logs = new WriteLogs(client, 1 << 20);
                    WriteLog log = logs.open(0)) {
                assertThat(log.end(PATIENCE)).isEqualTo(RECORDS);
                fetchFromManyThreads(log);
            }

            admin.deleteRecords(Map.of(PARTITION, RecordsToDelete.beforeOffset(RECORDS / 2)))
                    .all()
                    .get();
            try (WriteLogs logs = new WriteLogs(client, 1 << 20);
                    WriteLog log = logs.open(0)) {
                assertThatThrownBy(() -> fetch(log, RECORDS / 2 - 1))
                        .isInstanceOf(PayloadGoneException.class)
                        .hasMessageContaining("begins at " + RECORDS / 2);
                fetch(log, RECORDS / 2, RECORDS - 1);
            }
        }
    }

    private static void fetchFromManyThreads(WriteLog log) throws Exception {
        long seed = Long.getLong("farshore.seed", System.nanoTime());
        System.out.println("RecordFetchTest seed " + seed + " (-Dfarshore.seed)");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> readers = new ArrayList<>();
            for (int reader = 0; reader < 16; reader++) {
                Random random = new Random(seed + reader);
                readers.add(
                        threads.submit(
                                () -> {
                                    for (int count = 0; count < 50; count++) {
                                        fetch(
                                                log,
                                                random.longs(1 + random.nextInt(60), 0, RECORDS)
                                                        .sorted()
                                                        .distinct()
                                                        .toArray());
                                    }
                                    return null;
                                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    private static void fetch(WriteLog log, long... offsets) throws IOException {
        List<Long> visited = new ArrayList<>();
        log.fetch(
                offsets,
                PATIENCE,
                (offset, record, isCached) -> {
                    visited.add(offset);
                    assertThat(record).as("record %d", offset).isNotNull();
                    assertThat(record.vvol()).isEqualTo("v" + offset);
                    assertThat(record.value()).isEqualTo(value(offset));
                });
        assertThat(visited)
                .containsExactlyElementsOf(java.util.Arrays.stream(offsets).boxed().toList());
    }

    private static void write(String bootstrapServers) {
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5),
                        new StringSerializer(),
                        new ByteArraySerializer())) {
            for (int record = 0; record < RECORDS; record++) {
                producer.send(new ProducerRecord<>(Topics.WRITES, 0, "v" + record, value(record)));
            }
        }
    }

    private static byte[] value(long record) {
        byte[] value = new byte[4096];
        new Random(record).nextBytes(value);
        return value;
    }
}
