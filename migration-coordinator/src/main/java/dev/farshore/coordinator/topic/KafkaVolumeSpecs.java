package dev.farshore.coordinator.topic;

import dev.farshore.coordinator.volume.OverruledException;
import dev.farshore.coordinator.volume.SpecChanges;
import dev.farshore.coordinator.volume.VolumeSpecs;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Succession;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code farshore.volumes}; {@link Succession#ofSpecs} says which records count. */
public final class KafkaVolumeSpecs implements VolumeSpecs {
    private final CompactedView<VolumeSpec> view;
    private final AcknowledgedProducer<VolumeSpec> producer;
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
        this.producer = new AcknowledgedProducer<>(producer, patience);
        this.patience = patience;
    }

    @Override
    public Optional<VolumeSpec> find(String vvol) {
        return view.get(vvol).filter(spec -> !isDeleted(spec));
    }

    @Override
    public Optional<VolumeSpec> findDeleted(String vvol) {
        return view.get(vvol).filter(KafkaVolumeSpecs::isDeleted);
    }

    private static boolean isDeleted(VolumeSpec spec) {
        return spec.getPhase() == Phase.DELETED;
    }

    @Override
    public Collection<VolumeSpec> all() {
        return view.snapshot().values().stream().filter(spec -> !isDeleted(spec)).toList();
    }

    @Override
    public Set<String> overshadowed() {
        return view.overshadowed();
    }

    @Override
    public void put(List<VolumeSpec> specs) {
        List<ProducerRecord<String, VolumeSpec>> records =
                specs.stream()
                        .map(SpecChanges::next)
                        .map(spec -> new ProducerRecord<>(Topics.VOLUMES, spec.getVvol(), spec))
                        .toList();
        List<RecordMetadata> places = producer.send(records);
        try {
            for (RecordMetadata at : places) {
                view.awaitOffset(at.partition(), at.offset(), patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicException("interrupted while reading back " + Topics.VOLUMES, e);
        }
        for (int i = 0; i < places.size(); i++) {
            if (view.isOverruled(places.get(i).partition(), places.get(i).offset())) {
                throw new OverruledException(records.get(i).key());
            }
        }
    }
}
