package dev.farshore.cli.command;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.topic.CompactedView;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Both sites' nodes as a coordinator sees them: they answer specs with headers and progress,
 * without any data. All methods hold the object's lock.
 */
final class SimulatedNodes implements AutoCloseable {
    private static final List<String> SITES = List.of("a", "b");

    private final FarshoreSerdes serdes;
    private final KafkaProducer<String, byte[]> producer;
    private final CompactedView<VolumeSpec> specs;
    private final Map<String, LogCursor> ends = new HashMap<>();
    private boolean isTargetHeld;

    SimulatedNodes(Map<String, Object> kafka, FarshoreSerdes serdes) {
        this.serdes = serdes;
        producer = new KafkaProducer<>(kafka, new StringSerializer(), new ByteArraySerializer());
        specs = CompactedView.open(kafka, Topics.VOLUMES, serdes.volumes().deserializer());
        specs.listen((_, spec) -> reconcile(spec));
    }

    /** From now on site b reports nothing, until {@link #releaseTarget}. */
    synchronized void holdTarget() {
        isTargetHeld = true;
    }

    synchronized void releaseTarget() {
        isTargetHeld = false;
        specs.snapshot().values().forEach(this::report);
    }

    /** What is left of a site that was there once. */
    synchronized void leaveReport(VolumeSpec spec, String site) {
        Progress old = progress(spec.getVvol(), site, LogCursor.START);
        old.put("reportedMicros", 0L);
        send(
                Topics.PROGRESS,
                spec.getPartition(),
                spec.getVvol() + "@" + site,
                serdes.progress().serializer().serialize(Topics.PROGRESS, old));
        producer.flush();
    }

    @Override
    public void close() {
        specs.close();
        producer.close();
    }

    private synchronized void reconcile(@Nullable VolumeSpec spec) {
        if (spec == null) {
            return;
        }
        LogCursor end = ends.getOrDefault(spec.getVvol(), LogCursor.START);
        if (spec.getPhase() == Phase.SEALED && end.open() && end.epoch() == spec.getEpoch()) {
            append(spec, EventKind.EPOCH_SEALED, end);
        } else if (spec.getPhase() == Phase.OPEN && end.epoch() < spec.getEpoch()) {
            append(spec, EventKind.EPOCH_OPENED, end);
            for (int i = 0; i < 10; i++) {
                append(spec, EventKind.WRITE, ends.getOrDefault(spec.getVvol(), end));
            }
        }
        report(spec);
    }

    private void append(VolumeSpec spec, EventKind kind, LogCursor end) {
        EventHeader event =
                new EventHeader(
                        spec.getVvol(),
                        spec.getEpoch(),
                        end.seq() + 1,
                        end.vmSeq() + 1,
                        kind,
                        0,
                        512,
                        end.totalBytes() + 512,
                        TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()),
                        0,
                        spec.getOwner() + "#1");
        if (end.judge(event) instanceof Verdict.Next next) {
            ends.put(spec.getVvol(), next.after());
            send(
                    Topics.HEADERS,
                    spec.getPartition(),
                    spec.getVvol(),
                    serdes.headers()
                            .serializer()
                            .serialize(Topics.HEADERS, new IndexedHeader(event, event.seq() - 1)));
        }
    }

    /** When a site was first seen to have opened, or sealed, an epoch. */
    private final Map<String, Long> since = new HashMap<>();

    private void report(VolumeSpec spec) {
        LogCursor end = ends.getOrDefault(spec.getVvol(), LogCursor.START);
        for (String site : SITES) {
            boolean isHeld = isTargetHeld && site.equals("b");
            if (!isHeld) {
                send(
                        Topics.PROGRESS,
                        spec.getPartition(),
                        spec.getVvol() + "@" + site,
                        serdes.progress()
                                .serializer()
                                .serialize(Topics.PROGRESS, progress(spec.getVvol(), site, end)));
            }
        }
        producer.flush();
    }

    private void send(String topic, int partition, String key, byte[] value) {
        var _ = producer.send(new ProducerRecord<>(topic, partition, key, value));
    }

    private Progress progress(String vvol, String site, LogCursor end) {
        long nowMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        if (EpochOwner.parse(end.owner()).site().equals(site)) {
            since.putIfAbsent(
                    "%s@%s %d %s".formatted(vvol, site, end.epoch(), end.open()), nowMicros);
        }
        return Progress.newBuilder()
                .setHeldSinceMicros(
                        since.getOrDefault(
                                "%s@%s %d false".formatted(vvol, site, newest(vvol, site, false)),
                                0L))
                .setWritableEpoch(newest(vvol, site, true))
                .setWritableSinceMicros(
                        since.getOrDefault(
                                "%s@%s %d true".formatted(vvol, site, newest(vvol, site, true)),
                                0L))
                .setVvol(vvol)
                .setSite(site)
                .setNode(site + "-1")
                .setEpoch(end.epoch())
                .setOpen(end.open())
                .setEpochOwner(end.owner())
                .setAppliedSeq(end.seq())
                .setHardenedSeq(end.seq())
                .setHardenedVmSeq(end.vmSeq())
                .setHardenedTotalBytes(end.totalBytes())
                .setHardenedWritesOffset(end.seq() - 1)
                .setHealth(Health.OK)
                .setEndpoint("nbd://127.0.0.1/" + vvol)
                .setReportedMicros(nowMicros)
                .build();
    }

    /** The newest epoch that a site has opened, or sealed. */
    private int newest(String vvol, String site, boolean isOpen) {
        return since.keySet().stream()
                .map(key -> key.split(" ", -1))
                .filter(key -> key[0].equals(vvol + "@" + site))
                .filter(key -> Boolean.parseBoolean(key[2]) == isOpen)
                .mapToInt(key -> Integer.parseInt(key[1]))
                .max()
                .orElse(0);
    }
}
