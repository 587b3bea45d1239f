package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.volume.DrainLog;
import dev.farshore.schemas.clock.DrainOrders;
import dev.farshore.schemas.event.ClockReading;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/** Orders to drain nodes, in {@code farshore.clocks} ({@link DrainOrders}). */
public final class KafkaDrainLog implements DrainLog {
    private static final int CLOCKS_PARTITION = 0;

    private final AcknowledgedProducer<ClockReading> producer;
    private final CompactedView<ClockReading> view;
    private final Duration patience;

    /**
     * @param producer with acks=all; stays the caller's to close
     * @param view of {@code farshore.clocks}; likewise
     * @param patience how long a record may take to be acknowledged and to come back
     */
    public KafkaDrainLog(
            Producer<String, ClockReading> producer,
            CompactedView<ClockReading> view,
            Duration patience) {
        this.producer = new AcknowledgedProducer<>(producer, patience);
        this.view = view;
        this.patience = patience;
    }

    @Override
    public void order(String site, String node, long nowMicros) {
        write(DrainOrders.key(site, node), DrainOrders.of(site, node, nowMicros));
    }

    @Override
    public void revoke(String site, String node) {
        write(DrainOrders.key(site, node), null);
    }

    @SuppressWarnings("NullAway") // Kafka's class says nothing of nulls; it means them.
    private void write(String key, @Nullable ClockReading order) {
        List<RecordMetadata> places =
                producer.send(
                        List.of(new ProducerRecord<>(Topics.CLOCKS, CLOCKS_PARTITION, key, order)));
        try {
            for (RecordMetadata at : places) {
                view.awaitOffset(at.partition(), at.offset(), patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicException("interrupted while reading back " + Topics.CLOCKS, e);
        }
    }
}
