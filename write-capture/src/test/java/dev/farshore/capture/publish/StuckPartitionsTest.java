package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/** What one producer's buffer and its quota mean for the volumes that share it. */
@Timeout(60)
class StuckPartitionsTest {
    private static final long BUFFER_BYTES = 64 << 20;
    private static final int WINDOW_BYTES = 4 << 20;
    private static final int STUCK = 40;
    private static final int EVENTS = 500;
    private static final ByteBuffer PAYLOAD = ByteBuffer.allocate(64 << 10);

    private final AtomicLong usedBytes = new AtomicLong();
    private final AtomicLong nextOffset = new AtomicLong();
    private final AtomicInteger sentIntoFullBuffer = new AtomicInteger();
    private final Set<TopicPartition> introduced = ConcurrentHashMap.newKeySet();
    private volatile double throttleMillis = Double.NaN;

    /**
     * Partitions below {@link #STUCK} have no leader once they have taken a record: what is sent
     * there stays in the buffer.
     */
    private final class BoundedProducer extends MockProducer<byte[], byte[]> {
        BoundedProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
            gauge(ProducerGauges.FREE_BYTES, () -> BUFFER_BYTES - usedBytes.get());
            gauge(ProducerGauges.TOTAL_BYTES, () -> BUFFER_BYTES);
            gauge(ProducerGauges.THROTTLE_MILLIS, () -> throttleMillis);
        }

        private void gauge(String name, DoubleSupplier value) {
            MetricName metric = new MetricName(name, "producer-metrics", "", Map.of());
            setMockMetrics(
                    metric,
                    new KafkaMetric(
                            new Object(),
                            metric,
                            (config, now) -> value.getAsDouble(),
                            new MetricConfig(),
                            Time.SYSTEM));
        }

        @Override
        public Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, Callback callback) {
            int bytes = record.value().length;
            TopicPartition where = new TopicPartition(record.topic(), record.partition());
            if (usedBytes.get() + bytes > BUFFER_BYTES) {
                sentIntoFullBuffer.incrementAndGet();
                callback.onCompletion(null, new TimeoutException("no room for 5000 ms"));
            } else if (record.partition() < STUCK && !introduced.add(where)) {
                usedBytes.addAndGet(bytes);
            } else {
                callback.onCompletion(
                        new RecordMetadata(where, nextOffset.getAndIncrement(), 0, 0, 0, 0), null);
            }
            return new CompletableFuture<>();
        }
    }

    @Test
    void shouldPublishOneVolumeWhileThePartitionsOfManyHaveNoLeader() {
        AtomicInteger producers = new AtomicInteger();
        try (Publisher publisher = publisher(producers)) {
            List<Lane> stuck = IntStream.range(0, STUCK).mapToObj(i -> open(publisher, i)).toList();
            publisher.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> usedBytes.get() > BUFFER_BYTES / 2);
            assertThat(stuck).allMatch(lane -> lane.ackedSeq() <= 1);

            Lane healthy = open(publisher, STUCK);
            await().atMost(Duration.ofSeconds(20)).until(() -> healthy.headerAckedSeq() == EVENTS);
        }
        assertThat(sentIntoFullBuffer).hasValue(0);
        assertThat(producers).hasValue(1);
    }

    @Test
    void shouldSayOnceThatKafkaThrottlesItAndOnceThatItIsOver() {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(ThrottleWatch.class);
        logged.start();
        logger.addAppender(logged);
        try (Publisher publisher = publisher(new AtomicInteger())) {
            publisher.start();
            throttleMillis = 800;
            await().atMost(Duration.ofSeconds(20)).until(() -> publisher.throttleMillis() == 800);
            throttleMillis = 900;
            await().atMost(Duration.ofSeconds(20)).until(() -> publisher.throttleMillis() == 900);
            throttleMillis = Double.NaN;
            await().atMost(Duration.ofSeconds(20)).until(() -> publisher.throttleMillis() == 0);
        } finally {
            logger.detachAppender(logged);
        }
        assertThat(List.copyOf(logged.list))
                .extracting(ILoggingEvent::getFormattedMessage)
                .satisfiesExactly(
                        began -> assertThat(began).startsWith("throttled by Kafka: a quota"),
                        ended -> assertThat(ended).isEqualTo("no longer throttled by Kafka"));
    }

    @Test
    void shouldFindTheGaugesInKafkasOwnProducer() {
        ProducerSettings settings =
                new ProducerSettings(Map.of("bootstrap.servers", "127.0.0.1:1"), "gauges", "none");
        try (Producer<byte[], byte[]> producer = settings.newProducer()) {
            assertThat(producer.metrics().keySet())
                    .extracting(MetricName::name)
                    .contains(
                            ProducerGauges.FREE_BYTES,
                            ProducerGauges.TOTAL_BYTES,
                            ProducerGauges.THROTTLE_MILLIS);
            ProducerGauges gauges = new ProducerGauges(producer);
            assertThat(gauges.isHalfFree()).isTrue();
            assertThat(gauges.isNearlyFull()).isFalse();
            assertThat(gauges.throttleMillis()).isZero();
        }
    }

    private Publisher publisher(AtomicInteger producers) {
        return new Publisher(
                () -> {
                    producers.incrementAndGet();
                    return new BoundedProducer();
                },
                new WriteEventCodec(1),
                new WriteHeaderCodec(2),
                WINDOW_BYTES);
    }

    private static Lane open(Publisher publisher, int partition) {
        return publisher.open("disk-" + partition, partition, new Writes("disk-" + partition), 1);
    }

    private record Writes(String vvol) implements EventSource {
        @Override
        public long lastSeq() {
            return EVENTS;
        }

        @Override
        public EventHeader header(long seq) {
            int bytes = PAYLOAD.capacity();
            return new EventHeader(
                    vvol, 1, seq, seq, EventKind.WRITE, 0, bytes, seq * bytes, seq, 0, "");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return PAYLOAD.duplicate();
        }
    }
}
