package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.RecordSpace;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One producer from its making until it has failed, and the space to encode its records in.
 *
 * <p>Threading: the publisher's thread encodes and sends; any thread reports a failure.
 */
final class ProducerSession implements AutoCloseable {
    private final Producer<byte[], byte[]> producer;
    private final WriteEventCodec eventCodec;
    private final WriteHeaderCodec headerCodec;

    /** Kafka's producer has copied a record into its batch when {@code send} returns. */
    private final RecordSpace eventSpace = new RecordSpace();

    private final RecordSpace headerSpace = new RecordSpace();
    private final HashChain hashes = new HashChain();
    private final ProducerGauges gauges;
    private final FirstRecordGate gate = new FirstRecordGate();
    private volatile @Nullable Exception failure;
    private volatile boolean over;

    ProducerSession(
            Producer<byte[], byte[]> producer,
            WriteEventCodec eventCodec,
            WriteHeaderCodec headerCodec) {
        this.producer = producer;
        this.eventCodec = eventCodec;
        this.headerCodec = headerCodec;
        this.gauges = new ProducerGauges(producer);
    }

    /** An event's record, to be sent before the next event is encoded. */
    byte[] encode(EventHeader header, ByteBuffer payload) {
        return eventCodec.encode(header, payload, eventSpace);
    }

    /** A header's record, to be sent before the next header is encoded. */
    byte[] encode(EventHeader header, long writesOffset, @Nullable ChainLink link) {
        return headerCodec.encode(header, writesOffset, link, headerSpace);
    }

    /** How it ended is told to {@code acks}, so nobody looks at futures. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void send(ProducerRecord<byte[], byte[]> message, Callback acks) {
        producer.send(message, acks);
    }

    HashChain hashes() {
        return hashes;
    }

    ProducerGauges gauges() {
        return gauges;
    }

    FirstRecordGate gate() {
        return gate;
    }

    /** What it acknowledges from now on counts for nothing; its successor sends that again. */
    void fail(Exception error) {
        failure = error; // before it is over: who sees that asks why
        over = true;
    }

    /** Why it has to be given up; null while it works. */
    @Nullable Exception failure() {
        return failure;
    }

    /** Whether it has failed or is closed. */
    boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        over = true;
        producer.close(Duration.ZERO);
    }
}
