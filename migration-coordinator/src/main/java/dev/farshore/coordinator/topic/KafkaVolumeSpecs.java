package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** {@code farshore.volumes}. */
public final class KafkaVolumeSpecs implements VolumeSpecs {
    private final CompactedView<VolumeSpec> view;
    private final Acknowledged<VolumeSpec> producer;
    private final Duration patience;

    /**
     * @param view stays the caller's to close
     * @param producer with acks=all; likewise
     * @param patience how long a spec may take to be acknowledged and to come back
     */
    public KafkaVolumeSpecs(
            CompactedView<VolumeSpec> view,
            Producer<String, VolumeSpec> producer,
            Duration patience) {
        this.view = view;
        this.producer = new Acknowledged<>(producer, patience);
        this.patience = patience;
    }

    @Override
    public Optional<VolumeSpec> find(String vvol) {
        return view.get(vvol);
    }

    @Override
    public Collection<VolumeSpec> all() {
        return view.snapshot().values();
    }

    @Override
    public void put(List<VolumeSpec> specs) {
        List<ProducerRecord<String, VolumeSpec>> records =
                specs.stream()
                        .map(spec -> new ProducerRecord<>(Topics.VOLUMES, spec.getVvol(), spec))
                        .toList();
        try {
            for (RecordMetadata at : producer.send(records)) {
                view.awaitOffset(at.partition(), at.offset(), patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicException("interrupted while reading back " + Topics.VOLUMES, e);
        }
    }
}
