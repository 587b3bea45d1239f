package dev.farshore.bench.index;

import static dev.farshore.bench.report.BenchResult.Bound.AT_MOST;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.apply.site.SiteSettings;
import dev.farshore.bench.apply.BenchLog;
import dev.farshore.bench.report.BenchResult;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The start of a site's application whose index has ten million dirty blocks: real broker, real
 * Kafka Streams; first from the headers, then from the snapshot that a clean close leaves. The time
 * is that from the start of the application until the index has the log's end.
 */
public final class RestartBench {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long PROBE_MILLIS = 5;

    private final BenchLog log;
    private final Path folder;

    /**
     * @param log with empty topics
     * @param folder for the site
     */
    public RestartBench(BenchLog log, Path folder) {
        this.log = log;
        this.folder = folder;
    }

    public List<BenchResult> run() throws InterruptedException, IOException {
        long endSeq = publish();
        double fromHeaders = startSeconds(endSeq);
        double fromSnapshot = startSeconds(endSeq);
        return List.of(
                BenchResult.of(
                        "start from ten million headers of the broker, no snapshot",
                        fromHeaders,
                        "s"),
                BenchResult.bounded(
                        "restart with ten million dirty blocks", fromSnapshot, "s", AT_MOST, 10));
    }

    private long publish() throws IOException {
        BenchHeaders headers = new BenchHeaders(1, log.serdes().writeHeaderCodec());
        byte[] key = BenchHeaders.VVOL.getBytes(StandardCharsets.UTF_8);
        AtomicReference<Exception> failure = new AtomicReference<>();
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                log.bootstrapServers(),
                                ProducerConfig.BATCH_SIZE_CONFIG,
                                1 << 18,
                                ProducerConfig.LINGER_MS_CONFIG,
                                5,
                                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                                "lz4"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int i = 0; i <= BenchHeaders.BLOCKS; i++) {
                byte[] record = i == 0 ? headers.opening() : headers.nextWrite();
                producer.send(
                        new ProducerRecord<>(Topics.HEADERS, 0, key, record),
                        (metadata, e) -> {
                            if (e != null) {
                                failure.set(e);
                            }
                        });
                if (i == 0) {
                    // As the publisher does: one record first in a partition that is new.
                    producer.flush();
                }
            }
            producer.flush();
        }
        if (failure.get() != null) {
            throw new IOException("publishing headers: " + failure.get(), failure.get());
        }
        return headers.seq();
    }

    private double startSeconds(long endSeq) throws InterruptedException {
        try (SiteApplication application = application()) {
            long startNanos = System.nanoTime();
            application.start();
            while (!isReady(application, endSeq)) {
                if (System.nanoTime() - startNanos > PATIENCE.toNanos()) {
                    throw new IllegalStateException(
                            "the index is not there after %d s".formatted(PATIENCE.toSeconds()));
                }
                Thread.sleep(PROBE_MILLIS);
            }
            return (System.nanoTime() - startNanos) / 1e9;
        }
    }

    private static boolean isReady(SiteApplication application, long endSeq) {
        DirtyBlocks blocks = application.index().find(BenchHeaders.VVOL).orElse(null);
        return blocks != null && blocks.logEnd().seq() == endSeq && application.isRunning();
    }

    private SiteApplication application() {
        FarshoreSerdes serdes = log.serdes();
        return new SiteApplication(
                SiteSettings.of("bench", "bench-1", log.bootstrapServers(), folder),
                serdes.writes(),
                serdes.headers(),
                serdes.progress(),
                vvol -> "",
                ApplyListener.NONE,
                Clock.systemUTC(),
                Long.MAX_VALUE);
    }
}
