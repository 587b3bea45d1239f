package dev.farshore.bench.capture;

import dev.farshore.bench.capture.CaptureBench.Pattern;
import dev.farshore.bench.load.Load;
import dev.farshore.bench.load.LoadResult;
import dev.farshore.bench.peer.KafkaPerformance;
import dev.farshore.bench.peer.Nbdkit;
import dev.farshore.bench.peer.QemuStorageDaemon;
import dev.farshore.capture.publish.ProducerSettings;
import dev.farshore.nbd.client.NbdUri;
import dev.farshore.node.config.Compression;
import dev.farshore.testkit.embedded.EmbeddedEnvironment;
import dev.farshore.testkit.embedded.EmbeddedFiles;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/**
 * Measures in rounds; in each round every target has its turn, so that a disturbance of the machine
 * affects all alike. Between turns it waits until the last target is idle.
 */
public final class CaptureRun {
    private static final int ROUND_TRIPS = 1000;
    private static final int FILL_BYTES = 4 << 20;

    /**
     * @param folder for all data; on the disk that is to be measured
     * @param volumeBytes of the volume and of each peer's file
     * @param time of one turn, after as long a warming up, at most five seconds
     */
    public record Settings(
            Path folder,
            long volumeBytes,
            int rounds,
            Duration time,
            Compression compression,
            int compressiblePercent,
            Load load,
            Consumer<String> news) {
        Duration warmUp() {
            return time.compareTo(Duration.ofSeconds(5)) < 0 ? time : Duration.ofSeconds(5);
        }
    }

    private final Settings settings;
    private final Samples samples = new Samples();

    public CaptureRun(Settings settings) {
        this.settings = settings;
    }

    public Samples run() throws IOException, InterruptedException {
        serverAlone();
        try (EmbeddedEnvironment environment =
                EmbeddedEnvironment.start(
                        new EmbeddedEnvironment.Settings(
                                settings.folder(), 0, 0, settings.news()))) {
            wholePath(environment);
        }
        return samples;
    }

    /** Nothing else runs meanwhile: neither broker nor node. */
    private void serverAlone() throws IOException, InterruptedException {
        try (NullLogServer ours =
                NullLogServer.start(
                        settings.folder(), settings.volumeBytes(), CaptureBench.JOURNAL_BYTES)) {
            for (int round = 1; round <= settings.rounds(); round++) {
                settings.news().accept("Round %d, the server alone.".formatted(round));
                for (Pattern pattern : Pattern.values()) {
                    drive(BenchTarget.NULL_LOG, pattern, ours.uri());
                    driveNbdkit(pattern);
                }
            }
            measureGarbage(BenchTarget.NULL_LOG, ours.uri());
        }
    }

    private void driveNbdkit(Pattern pattern) throws IOException, InterruptedException {
        if (!Nbdkit.isInstalled()) {
            return;
        }
        Path image = filled("nbdkit.img");
        try (Nbdkit nbdkit = Nbdkit.serve(image, settings.folder())) {
            drive(BenchTarget.NBDKIT, pattern, nbdkit.uri());
        }
        Files.delete(image);
    }

    private void wholePath(EmbeddedEnvironment environment)
            throws IOException, InterruptedException {
        String bootstrap = environment.bootstrapServers();
        KafkaPerformance kafka = new KafkaPerformance(EmbeddedFiles.locate(), bootstrap);
        try (EmbeddedSite ours =
                EmbeddedSite.start(
                        settings.folder(),
                        environment,
                        settings.compression(),
                        settings.volumeBytes())) {
            warmUp(ours);
            for (int round = 1; round <= settings.rounds(); round++) {
                settings.news().accept("Round %d, the whole path.".formatted(round));
                for (Pattern pattern : Pattern.values()) {
                    drive(BenchTarget.WHOLE_PATH, pattern, ours.uri());
                    ours.awaitIdle();
                    driveQemu(pattern);
                }
                for (Pattern pattern : List.of(Pattern.WRITE_4K_32, Pattern.WRITE_64K_32)) {
                    measureKafka(kafka, bootstrap, pattern);
                }
                samples.addFlushMicros(RoundTrips.flushMicros(ours.uri(), ROUND_TRIPS));
                ours.awaitIdle();
                measureSend(bootstrap);
            }
            measureGarbage(BenchTarget.WHOLE_PATH, ours.uri());
        }
    }

    private void driveQemu(Pattern pattern) throws IOException, InterruptedException {
        if (!QemuStorageDaemon.isInstalled()) {
            return;
        }
        Path image = filled("source.img");
        Path mirror = filled("target.img");
        try (QemuStorageDaemon qemu = QemuStorageDaemon.serve(image, mirror, settings.folder())) {
            drive(BenchTarget.QEMU, pattern, qemu.uri());
        }
        try (QemuStorageDaemon qemu = QemuStorageDaemon.serve(image, mirror, settings.folder())) {
            qemu.mirror();
            drive(BenchTarget.QEMU_MIRROR, pattern, qemu.uri());
            qemu.awaitMirrored();
        }
        Files.delete(image);
        Files.delete(mirror);
    }

    private void drive(BenchTarget contestant, Pattern pattern, NbdUri uri)
            throws IOException, InterruptedException {
        LoadResult result = driveOnce(uri, pattern, settings.warmUp());
        samples.add(contestant, pattern, result);
        settings.news()
                .accept(
                        "  %-38s %-36s %,9.0f/s  p50 %,.0f µs, p99 %,.0f µs"
                                .formatted(
                                        contestant.title,
                                        pattern.title,
                                        result.perSecond(),
                                        result.p50Micros(),
                                        result.p99Micros()));
    }

    /** After the rounds, so that all code is compiled. */
    private void measureGarbage(BenchTarget contestant, NbdUri uri)
            throws IOException, InterruptedException {
        // Watching for pauses makes garbage of its own.
        long before = GarbageCollector.allocatedBytes();
        LoadResult result = driveOnce(uri, Pattern.WRITE_4K_32, Duration.ZERO);
        double writes = result.perSecond() * settings.time().toMillis() / 1e3;
        double bytesPerWrite = (GarbageCollector.allocatedBytes() - before) / writes;
        try (GarbageCollector.Pauses pauses = new GarbageCollector.Pauses()) {
            driveOnce(uri, Pattern.WRITE_4K_32, Duration.ZERO);
            samples.addGarbage(contestant, bytesPerWrite, pauses.longest().toNanos() / 1e6);
        }
    }

    private LoadResult driveOnce(NbdUri uri, Pattern pattern, Duration warmUp)
            throws IOException, InterruptedException {
        return settings.load()
                .run(
                        uri,
                        pattern.spec(
                                settings.volumeBytes(),
                                settings.compressiblePercent(),
                                warmUp,
                                settings.time()));
    }

    /**
     * Nodes and brokers run for months: their code is compiled before anything is measured, as the
     * peers' is.
     */
    private void warmUp(EmbeddedSite ours) throws IOException, InterruptedException {
        settings.news().accept("Warming up the whole path.");
        for (Pattern pattern : Pattern.values()) {
            driveOnce(ours.uri(), pattern, settings.warmUp());
            ours.awaitIdle();
        }
        RoundTrips.flushMicros(ours.uri(), ROUND_TRIPS);
        ours.awaitIdle();
    }

    private void measureKafka(KafkaPerformance kafka, String bootstrap, Pattern pattern)
            throws IOException, InterruptedException {
        String topic = "bench-%d-%d".formatted(pattern.blockBytes, System.nanoTime());
        createTopic(bootstrap, topic);
        long perSecond = pattern.blockBytes <= 4096 ? 25_000 : 1_500;
        long records = settings.time().toMillis() * perSecond / 1000;
        double produced =
                kafka.produce(
                        topic,
                        pattern.blockBytes,
                        records,
                        List.of(
                                "acks=all",
                                "compression.type=" + settings.compression().kafkaName()));
        double consumed = kafka.consume(topic, records);
        samples.addProduced(pattern, produced);
        samples.addConsumed(pattern, consumed);
        deleteTopic(bootstrap, topic);
        settings.news()
                .accept(
                        "  Kafka's performance tests, records of %d bytes: producer %,.0f/s, consumer %,.0f/s"
                                .formatted(pattern.blockBytes, produced, consumed));
    }

    private void measureSend(String bootstrap) throws IOException, InterruptedException {
        String topic = "bench-send-" + System.nanoTime();
        createTopic(bootstrap, topic);
        ProducerSettings producer =
                new ProducerSettings(
                        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
                        "bench",
                        settings.compression().kafkaName());
        try (Producer<byte[], byte[]> bare = producer.newProducer()) {
            samples.addSendMicros(RoundTrips.sendMicros(bare, topic, ROUND_TRIPS));
        }
        deleteTopic(bootstrap, topic);
    }

    private static void createTopic(String bootstrap, String topic)
            throws IOException, InterruptedException {
        try (Admin admin = admin(bootstrap)) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        } catch (ExecutionException e) {
            throw new IOException("can't create topic " + topic, e);
        }
    }

    private static void deleteTopic(String bootstrap, String topic)
            throws IOException, InterruptedException {
        try (Admin admin = admin(bootstrap)) {
            admin.deleteTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            throw new IOException("can't delete topic " + topic, e);
        }
    }

    private static Admin admin(String bootstrap) {
        return Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap));
    }

    /** A file that has all its blocks, so that nobody is slowed down by allocating them. */
    private Path filled(String name) throws IOException {
        Path file = settings.folder().resolve(name);
        ByteBuffer zeroes = ByteBuffer.allocateDirect(FILL_BYTES);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long at = 0; at < settings.volumeBytes(); at += FILL_BYTES) {
                zeroes.clear();
                while (zeroes.hasRemaining()) {
                    channel.write(zeroes, at + zeroes.position());
                }
            }
            channel.force(true);
        }
        return file;
    }
}
