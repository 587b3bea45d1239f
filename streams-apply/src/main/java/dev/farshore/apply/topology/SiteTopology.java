package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.decode.VolumeNameDeserializer;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.Topology;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A site's topology.
 *
 * <pre>
 * writes ──┬─▶ write-applier ⟷ images
 *          └─▶ progress-reporter (reads images) ──▶ progress
 *
 * headers ───▶ header-indexer   ⟷ dirty-blocks
 * progress ──▶ progress-indexer ⟷
 * </pre>
 *
 * <p>Both are what Kafka Streams calls read-only stores: their changelogs are the topics they are
 * made from.
 *
 * @param serving how this node serves volumes, for its reports
 * @param losses reports to make again
 * @param clock of the reports
 * @param tickInterval how often finished hardenings are looked for
 * @param nanoClock by which that is timed
 */
public record SiteTopology(
        String site,
        String node,
        ServingStatus serving,
        InstantSource clock,
        LostReports losses,
        Duration tickInterval,
        LongSupplier nanoClock) {

    /**
     * Puts the topology together.
     *
     * @param imageStores makes a store for each partition; so does {@code dirtyBlockStores}
     */
    public Topology build(
            Supplier<ImageStore> imageStores,
            Supplier<DirtyBlockStore> dirtyBlockStores,
            Serde<LogEvent> writes,
            Serde<IndexedHeader> headers,
            Serde<Progress> progress) {
        Topology topology = new Topology();
        topology.addReadOnlyStateStore(
                new ReadOnlyStoreBuilder<>(ImageStore.NAME, imageStores),
                "writes",
                new VolumeNameDeserializer(),
                decoded(writes),
                Topics.WRITES,
                "write-applier",
                WriteApplier::new);
        topology.addProcessor("progress-reporter", () -> new ProgressReporter(this), "writes");
        topology.connectProcessorAndStateStores("progress-reporter", ImageStore.NAME);
        topology.addSink(
                "progress-sink",
                Topics.PROGRESS,
                ProgressKey.serializer(),
                progress.serializer(),
                ProgressKey.partitioner(),
                "progress-reporter");

        topology.addReadOnlyStateStore(
                new ReadOnlyStoreBuilder<>(DirtyBlockStore.NAME, dirtyBlockStores),
                "headers",
                new VolumeNameDeserializer(),
                decoded(headers),
                Topics.HEADERS,
                "header-indexer",
                HeaderIndexer::new);
        topology.addSource(
                "progress", new VolumeNameDeserializer(), decoded(progress), Topics.PROGRESS);
        topology.addProcessor("progress-indexer", () -> new ProgressIndexer(site), "progress");
        topology.connectProcessorAndStateStores("progress-indexer", DirtyBlockStore.NAME);
        return topology;
    }

    private static <T> Deserializer<Decoded<T>> decoded(Serde<T> serde) {
        return new DecodedDeserializer<>(serde.deserializer());
    }
}
