package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.volume.SiteRemoval;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.topic.CompactedView;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Removes keys of compacted topics, by records without a value. */
public final class KafkaSiteRemoval implements SiteRemoval {
    private final AcknowledgedProducer<Progress> producer;
    private final Map<String, CompactedView<?>> views;
    private final Duration patience;

    /**
     * @param producer with acks=all; stays the caller's to close. What its values are does not
     *     matter, as there are none
     * @param views by topic; likewise
     * @param patience how long that may take to be acknowledged and to come back
     */
    public KafkaSiteRemoval(
            Producer<String, Progress> producer,
            Map<String, CompactedView<?>> views,
            Duration patience) {
        this.producer = new AcknowledgedProducer<>(producer, patience);
        this.views = Map.copyOf(views);
        this.patience = patience;
    }

    @Override
    public void remove(List<Said> said) {
        List<RecordMetadata> places =
                producer.send(said.stream().map(KafkaSiteRemoval::tombstone).toList());
        try {
            for (RecordMetadata at : places) {
                CompactedView<?> view = views.get(at.topic());
                if (view != null) {
                    view.awaitOffset(at.partition(), at.offset(), patience);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicException("interrupted while reading back what was removed", e);
        }
    }

    @SuppressWarnings("NullAway") // Kafka's class says nothing of nulls; it means them.
    private static ProducerRecord<String, Progress> tombstone(Said said) {
        return new ProducerRecord<>(said.topic(), said.partition(), said.key(), null);
    }
}
