package dev.farshore.bench.capture;

import com.sun.management.ThreadMXBean;

import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * A log of one volume that acknowledges whatever is sent to it at once and forgets it, and the
 * image of a site that has applied it all: what is left is what our own server costs.
 */
final class NullLog extends MockProducer<byte[], byte[]> implements LocalImages {
    private static final TopicPartition WRITES = new TopicPartition(Topics.WRITES, 0);
    private static final TopicPartition HEADERS = new TopicPartition(Topics.HEADERS, 0);
    private static final int CALIBRATION_RECORDS = 10_000;
    private static final Future<RecordMetadata> DONE = CompletableFuture.completedFuture(null);

    private final WriteEventCodec codec;
    private final NullImage image = new NullImage();
    private long events;
    private long headers;

    NullLog(WriteEventCodec codec) {
        super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        this.codec = codec;
    }

    private static RecordMetadata taken(TopicPartition partition, long offset) {
        return new RecordMetadata(partition, offset, 0, 0, 0, 0);
    }

    /** What Kafka's own objects for one record take on the heap: they are not of our making. */
    static double bytesPerRecord() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Object[] kept = new Object[2 * CALIBRATION_RECORDS];
        byte[] value = {};
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < CALIBRATION_RECORDS; i++) {
            kept[2 * i] = new ProducerRecord<>(Topics.WRITES, 0, value, value);
            kept[2 * i + 1] = taken(WRITES, i);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        Reference.reachabilityFence(kept);
        return (double) allocated / CALIBRATION_RECORDS;
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback callback) {
        boolean isEvent = record.topic().equals(Topics.WRITES);
        if (isEvent) {
            take(record.value());
        }
        callback.onCompletion(isEvent ? taken(WRITES, events++) : taken(HEADERS, headers++), null);
        return DONE;
    }

    /** Openings are looked into; a write only counts. */
    private void take(byte[] record) {
        if (image.seq == 0) {
            EventHeader header = codec.decodeHeader(record);
            if (header.kind() == EventKind.EPOCH_OPENED
                    && LogCursor.START.judge(header) instanceof Verdict.Next next) {
                image.opened = next.after();
                image.sizeBytes = header.length();
            }
        }
        image.seq++;
    }

    @Override
    public Optional<LocalImage> find(String vvol) {
        return image.seq == 0 ? Optional.empty() : Optional.of(image);
    }

    @Override
    public LogCursor headersEnd(String vvol) {
        return image.applied();
    }

    @Override
    public boolean isKeptHere(int partition) {
        return true;
    }

    @Override
    public boolean isCaughtUp(int partition) {
        return true;
    }

    private static final class NullImage implements LocalImage {
        private volatile LogCursor opened = LogCursor.START;
        private volatile long seq;
        private volatile long sizeBytes;

        @Override
        public long sizeBytes() {
            return sizeBytes;
        }

        @Override
        public LogCursor applied() {
            LogCursor last = opened;
            return new LogCursor(
                    last.epoch(), last.owner(), last.open(), seq, last.vmSeq(), last.totalBytes());
        }

        @Override
        public long hardenedSeq() {
            return seq;
        }

        @Override
        public void read(long offset, ByteBuffer into) {
            into.position(into.limit());
        }
    }
}
