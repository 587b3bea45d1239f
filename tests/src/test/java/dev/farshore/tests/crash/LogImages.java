package dev.farshore.tests.crash;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Real images of the volumes of one partition, kept by a plain consumer: what a site's streams
 * application does for them, in a process that starts in a second. Threading: any thread; one of
 * its own applies.
 */
final class LogImages implements LocalImages, AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(20);
    private static final long HARDEN_INTERVAL_NANOS = 50_000_000;
    private static final long WINDOW_EVENTS = 100_000;

    private final TopicPartition writes;
    private final Map<String, Image> images = new TreeMap<>();
    private final WriteEventCodec events;
    private final KafkaConsumer<String, byte[]> consumer;
    private final Thread thread;
    private volatile long caughtUpOffset = Long.MAX_VALUE;
    private volatile long nextOffset;

    LogImages(
            String bootstrapServers,
            WriteEventCodec events,
            Path folder,
            int partition,
            List<String> vvols)
            throws IOException {
        this.events = events;
        this.writes = new TopicPartition(Topics.WRITES, partition);
        for (String vvol : vvols) {
            images.put(vvol, Image.open(folder, vvol, partition, WINDOW_EVENTS));
        }
        consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrapServers),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        thread = Thread.ofPlatform().daemon().name("log-images").unstarted(this::follow);
    }

    void start() {
        thread.start();
    }

    @Override
    public Optional<LocalImage> find(String vvol) {
        return Optional.ofNullable(images.get(vvol)).map(Local::new);
    }

    /** No volume here begins an epoch behind another's. */
    @Override
    public LogCursor headersEnd(String vvol) {
        return LogCursor.START;
    }

    @Override
    public boolean isKeptHere(int partition) {
        return true;
    }

    @Override
    public boolean isCaughtUp(int partition) {
        return nextOffset >= caughtUpOffset;
    }

    private void follow() {
        try (consumer) {
            consumer.assign(List.of(writes));
            caughtUpOffset = consumer.endOffsets(List.of(writes)).get(writes);
            consumer.seek(
                    writes,
                    images.values().stream()
                            .mapToLong(image -> image.hardened().writesOffset() + 1)
                            .min()
                            .orElse(0));
            long hardenedNs = System.nanoTime();
            while (!Thread.currentThread().isInterrupted()) {
                for (ConsumerRecord<String, byte[]> fetched : consumer.poll(POLL)) {
                    Image image = images.get(fetched.key());
                    if (image != null) {
                        apply(image, events.decode(fetched.value()), fetched.offset());
                    }
                }
                nextOffset = consumer.position(writes);
                if (System.nanoTime() - hardenedNs > HARDEN_INTERVAL_NANOS) {
                    for (Image image : images.values()) {
                        image.harden();
                    }
                    hardenedNs = System.nanoTime();
                }
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void apply(Image image, LogEvent event, long offset) throws IOException {
        if (image.applied().cursor().judge(event.header()) instanceof Verdict.Next next) {
            image.apply(event, next.after(), offset);
        }
    }

    @Override
    public void close() throws IOException {
        consumer.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Image image : images.values()) {
            image.close();
        }
    }

    private record Local(Image image) implements LocalImage {
        @Override
        public LogCursor applied() {
            return image.applied().cursor();
        }

        @Override
        public LogPosition position() {
            ImagePosition applied = image.applied();
            return new LogPosition(applied.cursor(), applied.writesOffset());
        }

        @Override
        public long sizeBytes() {
            return image.sizeBytes();
        }

        @Override
        public long hardenedSeq() {
            return image.hardened().seq();
        }

        @Override
        public void read(long offset, ByteBuffer into) throws IOException {
            image.read(offset, into);
        }
    }
}
