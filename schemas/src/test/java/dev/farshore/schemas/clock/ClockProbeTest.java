package dev.farshore.schemas.clock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.event.FaultyCopy;
import dev.farshore.schemas.event.UnservedVolume;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** What others hear of a node in between its regular records, which come every 10 s. */
@Execution(ExecutionMode.CONCURRENT) // they mostly wait
@Tag("slow")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClockProbeTest {
    private static final long HOUR_MICROS = TimeUnit.HOURS.toMicros(1);
    private static final long REGULAR_INTERVALS_MILLIS = 5_500;

    private final AtomicReference<Duration> jump = new AtomicReference<>(Duration.ZERO);
    private final AtomicReference<List<FaultyCopy>> faults = new AtomicReference<>(List.of());
    private final AtomicReference<List<UnservedVolume>> unserved = new AtomicReference<>(List.of());
    private final AtomicLong maxImageBytes = new AtomicLong();
    private final AtomicBoolean isBroken = new AtomicBoolean();
    private final AtomicInteger brokenLooks = new AtomicInteger();
    private final BlockingQueue<ClockReading> published = new LinkedBlockingQueue<>();

    @Test
    void shouldTellOthersAtOnceThatItsClockJumped() throws Exception {
        try (ClockProbe probe = probe()) {
            awaitQuiet();
            jump.set(Duration.ofHours(1));
            awaitTold(told -> Math.abs(told.getKafkaAheadMicros() + HOUR_MICROS) < 1_000_000);
            assertThat(probe.reading()).isPresent();
        }
    }

    @Test
    void shouldTellOthersAtOnceThatACopyIsFaulty() throws Exception {
        FaultyCopy faulty = new FaultyCopy("db", 3, "FAULTED", "No space left on device", false);
        try (ClockProbe probe = probe()) {
            awaitQuiet();
            faults.set(List.of(faulty));
            awaitTold(told -> told.getFaultyCopies().equals(List.of(faulty)));

            faults.set(List.of());
            awaitTold(told -> told.getFaultyCopies().isEmpty());
            assertThat(probe.reading()).isPresent();
        }
    }

    @Test
    void shouldTellOthersWhichVolumesItCanNotServe() throws Exception {
        List<UnservedVolume> full = List.of(new UnservedVolume("db", "no room for its journal"));
        try (ClockProbe probe = probe()) {
            unserved.set(full);
            awaitTold(told -> told.getUnserved().equals(full));

            unserved.set(List.of());
            awaitTold(told -> told.getUnserved().isEmpty());
            assertThat(probe.reading()).isPresent();
        }
    }

    @Test
    void shouldTellOthersHowLongAnImageCanBe() throws Exception {
        maxImageBytes.set(16L << 40);
        try (ClockProbe probe = probe()) {
            awaitTold(told -> told.getMaxImageBytes() == 16L << 40);
            assertThat(probe.reading()).isPresent();
        }
    }

    @Test
    void shouldGoOnMeasuringWhenItCanNotBeToldHowTheNodeIs() throws Exception {
        maxImageBytes.set(16L << 40);
        try (ClockProbe probe = probe()) {
            awaitTold(told -> told.getMaxImageBytes() == 16L << 40);
            isBroken.set(true);
            await().atMost(Duration.ofSeconds(30)).until(() -> brokenLooks.get() >= 2);
            published.clear();
            awaitTold(told -> told.getMaxImageBytes() == 16L << 40);

            maxImageBytes.set(8L << 40);
            isBroken.set(false);
            awaitTold(told -> told.getMaxImageBytes() == 8L << 40);
            assertThat(probe.reading()).isPresent();
        }
    }

    /** At first it measures more often. */
    private void awaitQuiet() throws InterruptedException {
        Thread.sleep(REGULAR_INTERVALS_MILLIS);
        published.clear();
    }

    /** The regular records are 10 s apart. */
    private void awaitTold(Predicate<ClockReading> news) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        ClockReading told;
        do {
            told = published.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            assertThat(told).as("told at once").isNotNull();
        } while (!news.test(told));
    }

    private ClockProbe probe() {
        return new ClockProbe(
                new BrokerWithAClock(),
                () -> Instant.now().plus(jump.get()),
                "a",
                "a-1",
                ProcessIdentity.NONE,
                this::condition);
    }

    private NodeCondition condition() {
        if (isBroken.get()) {
            brokenLooks.incrementAndGet();
            throw new IllegalStateException("on purpose");
        }
        return new NodeCondition(faults.get(), unserved.get(), maxImageBytes.get());
    }

    /** Takes each record, and says when. */
    private final class BrokerWithAClock extends MockProducer<String, ClockReading> {
        @Override
        public synchronized Future<RecordMetadata> send(
                ProducerRecord<String, ClockReading> record) {
            return send(record, null);
        }

        @Override
        public synchronized Future<RecordMetadata> send(
                ProducerRecord<String, ClockReading> record,
                @org.jspecify.annotations.Nullable Callback callback) {
            published.add(record.value());
            return CompletableFuture.completedFuture(
                    new RecordMetadata(
                            new TopicPartition(record.topic(), 0),
                            0,
                            0,
                            System.currentTimeMillis(),
                            0,
                            0));
        }
    }
}
