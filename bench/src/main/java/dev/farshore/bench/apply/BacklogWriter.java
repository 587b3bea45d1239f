package dev.farshore.bench.apply;

import dev.farshore.schemas.clock.EpochMicros;
import dev.farshore.schemas.codec.PayloadChecksum;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Writes a backlog as the volumes' owner does: events without gaps, then their headers.
 *
 * <p>Threading: one thread.
 */
final class BacklogWriter implements AutoCloseable {
    private static final int POOL_BYTES = 16 * Backlog.MIB;
    private static final int EPOCH = 1;

    private final Backlog backlog;
    private final WriteEventCodec events;
    private final WriteHeaderCodec headers;
    private final Producer<byte[], byte[]> producer;
    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] pool = new byte[POOL_BYTES];
    private final long[] seqs;
    private final long[] totals;
    // Events whose headers are to be sent.
    private final Deque<Sent> sent = new ArrayDeque<>();

    private record Sent(int partition, EventHeader header, Future<RecordMetadata> metadata) {}

    BacklogWriter(Backlog backlog, BenchLog log) {
        this.backlog = backlog;
        this.events = log.serdes().writeEventCodec();
        this.headers = log.serdes().writeHeaderCodec();
        this.seqs = new long[backlog.vvols()];
        this.totals = new long[backlog.vvols()];
        // Random bytes: nothing on the way may profit from what is the same.
        random.nextBytes(pool);
        this.producer =
                new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                log.bootstrapServers(),
                                ProducerConfig.BATCH_SIZE_CONFIG,
                                Backlog.MIB,
                                ProducerConfig.LINGER_MS_CONFIG,
                                0,
                                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                                4 * Backlog.MIB),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
    }

    /** Opens every volume's epoch and fills the volume; returns when the log has it. */
    void openAndFill() throws IOException, InterruptedException {
        for (int index = 0; index < backlog.vvols(); index++) {
            send(
                    index,
                    EventKind.EPOCH_OPENED,
                    0,
                    backlog.volumeBytes(),
                    ByteBuffer.allocate(0),
                    new EpochOwner("bench", "bench").toString());
            if (index < BenchLog.PARTITIONS) {
                // As the publisher does: one record first in a partition that may be new.
                producer.flush();
            }
        }
        for (int index = 0; index < backlog.vvols(); index++) {
            for (long at = 0; at < backlog.volumeBytes(); at += Backlog.FILL_BYTES) {
                send(
                        index,
                        EventKind.WRITE,
                        at,
                        Backlog.FILL_BYTES,
                        payload(Backlog.FILL_BYTES),
                        "");
            }
        }
        sendHeaders();
    }

    /** Writes all writes; returns when the log has them and their headers. */
    void write() throws IOException, InterruptedException {
        for (int event = 0; event < backlog.events(); event++) {
            write(event % backlog.vvols());
        }
        sendHeaders();
    }

    private void write(int index) {
        long blocks = backlog.volumeBytes() / backlog.payloadBytes();
        send(
                index,
                EventKind.WRITE,
                random.nextLong(blocks) * backlog.payloadBytes(),
                backlog.payloadBytes(),
                payload(backlog.payloadBytes()),
                "");
    }

    private ByteBuffer payload(int bytes) {
        return ByteBuffer.wrap(pool, random.nextInt((POOL_BYTES - bytes) / 512) * 512, bytes);
    }

    /**
     * Writes all writes at a steady rate, each header as soon as its event is in the log.
     *
     * @param eventsPerSecond of all volumes together
     */
    void writeAt(int eventsPerSecond) throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        int written = 0;
        while (written < backlog.events()) {
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            for (; written < Math.min(backlog.events(), seconds * eventsPerSecond); written++) {
                write(written % backlog.vvols());
            }
            sendHeadersReady();
            Thread.sleep(1);
        }
        sendHeaders();
    }

    /** Headers of the events that are in the log already, in order. */
    private void sendHeadersReady() throws IOException, InterruptedException {
        while (!sent.isEmpty() && sent.peekFirst().metadata().isDone()) {
            sendHeader(sent.removeFirst());
        }
    }

    private void sendHeader(Sent event) throws IOException, InterruptedException {
        try {
            IndexedHeader header =
                    new IndexedHeader(event.header(), event.metadata().get().offset());
            Future<RecordMetadata> _ =
                    producer.send(
                            record(
                                    Topics.HEADERS,
                                    event.partition(),
                                    event.header(),
                                    headers.encode(header)));
        } catch (ExecutionException e) {
            throw new IOException("writing the backlog: " + e.getCause(), e);
        }
    }

    private void send(
            int index, EventKind kind, long offset, long length, ByteBuffer payload, String note) {
        seqs[index]++;
        totals[index] += payload.remaining();
        EventHeader header =
                new EventHeader(
                        backlog.vvol(index),
                        EPOCH,
                        seqs[index],
                        seqs[index],
                        kind,
                        offset,
                        length,
                        totals[index],
                        EpochMicros.now(InstantSource.system()),
                        kind == EventKind.WRITE ? PayloadChecksum.of(payload) : 0,
                        note);
        int partition = index % BenchLog.PARTITIONS;
        sent.add(
                new Sent(
                        partition,
                        header,
                        producer.send(
                                record(
                                        Topics.WRITES,
                                        partition,
                                        header,
                                        events.encode(header, payload)))));
    }

    private void sendHeaders() throws IOException, InterruptedException {
        producer.flush();
        for (Sent event : sent) {
            sendHeader(event);
        }
        producer.flush();
        sent.clear();
    }

    private static ProducerRecord<byte[], byte[]> record(
            String topic, int partition, EventHeader header, byte[] value) {
        return new ProducerRecord<>(
                topic, partition, header.vvol().getBytes(StandardCharsets.UTF_8), value);
    }

    @Override
    public void close() {
        producer.close();
    }
}
