package dev.farshore.node.metrics;

import dev.farshore.capture.session.SessionStatus;
import dev.farshore.capture.volume.VolumeStatus;
import dev.farshore.nbd.RequestObserver.Operation;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** The metrics of a node's volumes: every name, and where its value comes from. */
final class VolumeMetrics {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double MICROS_PER_SECOND = 1e6;
    private static final double MILLIS_PER_SECOND = 1e3;

    private final String site;
    private final String node;

    VolumeMetrics(String site, String node) {
        this.site = site;
        this.node = node;
    }

    MetricSnapshots of(List<VolumeStatus> all) {
        List<VolumeStatus> written =
                all.stream().filter(volume -> volume.writing() != null).toList();
        return new MetricSnapshots(
                Stream.concat(ofAll(all), ofWritten(written)).toArray(MetricSnapshot[]::new));
    }

    private Stream<MetricSnapshot> ofAll(List<VolumeStatus> volumes) {
        return Stream.of(
                gauge(
                        "farshore_volume_applied_seq",
                        "Newest event in this node's image.",
                        volumes,
                        VolumeStatus::appliedSeq),
                gauge(
                        "farshore_volume_hardened_seq",
                        "Newest event in this node's image that is on stable storage.",
                        volumes,
                        VolumeStatus::hardenedSeq),
                gauge(
                        "farshore_volume_epoch",
                        "Epoch of this node's image.",
                        volumes,
                        VolumeStatus::epoch),
                gauge(
                        "farshore_volume_clients",
                        "Connections that have the volume open.",
                        volumes,
                        VolumeStatus::clients),
                gauge(
                        "farshore_volume_throttle_bytes_per_second",
                        "Limit of the VM's writes; 0 for none.",
                        volumes,
                        volume -> volume.limit().bytesPerSecond()),
                gauge(
                        "farshore_volume_throttle_writes_per_second",
                        "Limit of the VM's writes; 0 for none.",
                        volumes,
                        volume -> volume.limit().writesPerSecond()),
                counter(
                        "farshore_volume_writes",
                        "Writes of clients.",
                        volumes,
                        volume -> volume.counters().writes()),
                counter(
                        "farshore_volume_written_bytes",
                        "Bytes that clients wrote.",
                        volumes,
                        volume -> volume.counters().bytes()),
                counter(
                        "farshore_volume_throttled_writes",
                        "Writes whose replies a limit held back.",
                        volumes,
                        volume -> volume.counters().heldWrites()),
                counter(
                        "farshore_volume_throttled_seconds",
                        "For how long a limit held replies back, added up.",
                        volumes,
                        volume -> volume.counters().heldNanos() / NANOS_PER_SECOND),
                counter(
                        "farshore_journal_losses",
                        "How often a crash of the host may have taken acknowledged writes that"
                                + " were not flushed.",
                        volumes,
                        volume -> volume.losses().unflushed()),
                counter(
                        "farshore_journal_flushed_losses",
                        "How often a journal had lost flushed writes.",
                        volumes,
                        volume -> volume.losses().flushed()));
    }

    private Stream<MetricSnapshot> ofWritten(List<VolumeStatus> volumes) {
        return Stream.of(
                gauge(
                        "farshore_volume_acknowledged_seq",
                        "Newest event in the journal.",
                        volumes,
                        volume -> writing(volume).acknowledgedSeq()),
                gauge(
                        "farshore_volume_published_seq",
                        "Newest event in both topics.",
                        volumes,
                        volume -> writing(volume).publishedSeq()),
                gauge(
                        "farshore_volume_unpublished_events",
                        "Events acknowledged and not yet in the log.",
                        volumes,
                        volume -> writing(volume).unpublished().events()),
                gauge(
                        "farshore_volume_unpublished_bytes",
                        "Bytes of writes acknowledged and not yet in the log.",
                        volumes,
                        volume -> writing(volume).unpublished().bytes()),
                gauge(
                        "farshore_volume_unpublished_seconds",
                        "Age of the oldest event acknowledged and not yet in the log; 0 if none.",
                        volumes,
                        volume -> writing(volume).unpublished().ageMicros() / MICROS_PER_SECOND),
                gauge(
                        "farshore_volume_kafka_throttle_seconds",
                        "By how much a quota of Kafka's holds the node's producer back; 0 if none.",
                        volumes,
                        volume -> writing(volume).kafkaThrottleMillis() / MILLIS_PER_SECOND),
                gauge(
                        "farshore_journal_used_bytes",
                        "What of the journal is in use.",
                        volumes,
                        volume -> writing(volume).journalUsedBytes()),
                gauge(
                        "farshore_journal_capacity_bytes",
                        "Size of the journal.",
                        volumes,
                        volume -> writing(volume).journalBytes()),
                gauge(
                        "farshore_journal_full",
                        "1 while writes wait because the journal is full.",
                        volumes,
                        volume -> writing(volume).isFull() ? 1 : 0),
                counter(
                        "farshore_journal_full_times",
                        "How often writes began to wait because the journal was full.",
                        volumes,
                        volume -> writing(volume).timesFull()),
                counter(
                        "farshore_journal_full_seconds",
                        "For how long writes waited because the journal was full.",
                        volumes,
                        volume -> writing(volume).fullNanos() / NANOS_PER_SECOND),
                requests(volumes));
    }

    private CounterSnapshot requests(List<VolumeStatus> volumes) {
        CounterSnapshot.Builder counter =
                CounterSnapshot.builder()
                        .name("farshore_volume_requests")
                        .help("Requests of the volume's clients that were answered.");
        for (VolumeStatus volume : volumes) {
            for (Operation operation : Operation.values()) {
                counter.dataPoint(
                        CounterDataPointSnapshot.builder()
                                .labels(
                                        labels(volume)
                                                .merge(
                                                        Labels.of(
                                                                "operation",
                                                                operation
                                                                        .name()
                                                                        .toLowerCase(Locale.ROOT))))
                                .value(volume.requests().answered(operation))
                                .build());
            }
        }
        return counter.build();
    }

    private static SessionStatus writing(VolumeStatus volume) {
        return Objects.requireNonNull(volume.writing());
    }

    private GaugeSnapshot gauge(
            String name,
            String help,
            List<VolumeStatus> volumes,
            ToDoubleFunction<VolumeStatus> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        for (VolumeStatus volume : volumes) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(labels(volume))
                            .value(value.applyAsDouble(volume))
                            .build());
        }
        return gauge.build();
    }

    /** The text format adds {@code _total} to the name. */
    private CounterSnapshot counter(
            String name,
            String help,
            List<VolumeStatus> volumes,
            ToDoubleFunction<VolumeStatus> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        for (VolumeStatus volume : volumes) {
            counter.dataPoint(
                    CounterDataPointSnapshot.builder()
                            .labels(labels(volume))
                            .value(value.applyAsDouble(volume))
                            .build());
        }
        return counter.build();
    }

    private Labels labels(VolumeStatus volume) {
        return Labels.of("site", site, "node", node, "vvol", volume.vvol(), "vm", volume.vm());
    }
}
