package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * {@link HeaderRepair} with clients of its own, made for each repair. The newest header tells where
 * in {@code farshore.writes} to begin; it is looked for from the end of {@code farshore.headers}
 * backwards, in steps that grow. Threading: any thread.
 */
public final class KafkaHeaderRepair implements HeaderRepair {
    private static final Logger log = LoggerFactory.getLogger(KafkaHeaderRepair.class);
    private static final long FIRST_STEP_RECORDS = 4096;
    private static final long STEP_FACTOR = 8;

    /** So many sent headers are waited for together. */
    private static final int BATCH_HEADERS = 10_000;

    private final Map<String, Object> clientProperties;
    private final Supplier<Producer<byte[], byte[]>> producers;
    private final WriteEventCodec eventCodec;
    private final WriteHeaderCodec headerCodec;

    /**
     * @param clientProperties for every Kafka client of the node: addresses, security
     * @param producers makes an idempotent producer with acks=all
     */
    public KafkaHeaderRepair(
            Map<String, Object> clientProperties,
            Supplier<Producer<byte[], byte[]>> producers,
            WriteEventCodec eventCodec,
            WriteHeaderCodec headerCodec) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.producers = producers;
        this.eventCodec = eventCodec;
        this.headerCodec = headerCodec;
    }

    @Override
    public long repair(String vvol, int partition, LogCursor headersEnd, long upToSeq)
            throws IOException {
        Newest newest = new Newest(vvol, headersEnd.epoch(), headersEnd.seq());
        newest.lookFor(partition, () -> newest.isBehind);
        if (newest.isBehind) {
            return 0;
        }
        try (PartitionReader writes =
                        new PartitionReader(clientProperties, Topics.WRITES, partition);
                Publication publication =
                        new Publication(
                                vvol,
                                partition,
                                headersEnd,
                                newest.chainOrStart(),
                                upToSeq,
                                producers.get())) {
            writes.read(newest.writesOffset.orElse(writes.begin()), writes.end(), publication);
            if (!publication.isComplete()) {
                // The newest header points at a copy that was sent again, and behind it no copy of
                // what follows was; the first copies lie before it.
                writes.read(writes.begin(), writes.end(), publication);
            }
            long published = publication.finish(writes);
            log.atWarn()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("firstSeq", headersEnd.seq() + 1)
                    .addKeyValue("lastSeq", upToSeq)
                    .log("published the headers that the last owner had not, made from the log");
            return published;
        }
    }

    @Override
    public Optional<ChainPoint> chainAfter(String vvol, int partition, int epoch, long seq)
            throws IOException {
        Newest newest = new Newest(vvol, epoch, seq);
        newest.lookFor(partition, () -> false);
        return Optional.ofNullable(newest.chain);
    }

    /** The search for a header, and for where its event lies. */
    private final class Newest {
        private final String vvol;
        private final int epoch;
        private final long seq;
        private OptionalLong writesOffset = OptionalLong.empty();

        /** Null if the header has no link. It has the same whenever it is sent. */
        private @Nullable ChainPoint chain;

        /** The topic has newer headers than the caller has seen. */
        private boolean isBehind;

        Newest(String vvol, int epoch, long seq) {
            this.vvol = vvol;
            this.epoch = epoch;
            this.seq = seq;
        }

        ChainPoint chainOrStart() {
            return chain == null ? ChainPoint.startingAfter(seq) : chain;
        }

        void lookFor(int partition, BooleanSupplier isEnough) throws IOException {
            try (PartitionReader headers =
                    new PartitionReader(clientProperties, Topics.HEADERS, partition)) {
                long to = headers.end();
                long step = FIRST_STEP_RECORDS;
                while (to > headers.begin() && writesOffset.isEmpty() && !isEnough.getAsBoolean()) {
                    long from = Math.max(headers.begin(), to - step);
                    headers.read(from, to, this::look);
                    to = from;
                    step *= STEP_FACTOR;
                }
            }
        }

        private boolean look(String key, byte[] value, long offset) {
            if (key.equals(vvol)) {
                IndexedHeader indexed = headerCodec.decode(value);
                EventHeader header = indexed.header();
                if (header.epoch() == epoch && header.seq() == seq) {
                    found(indexed);
                }
                isBehind |= header.epoch() >= epoch && header.seq() > seq;
            }
            return true;
        }

        private void found(IndexedHeader indexed) {
            long earliest = writesOffset.orElse(Long.MAX_VALUE);
            writesOffset = OptionalLong.of(Math.min(earliest, indexed.writesOffset()));
            ChainLink link = indexed.link();
            if (link != null) {
                chain = ChainPoint.at(seq, link);
            }
        }
    }

    /** The way of the missing headers into their topic. */
    private final class Publication implements PartitionReader.Visitor, AutoCloseable {
        private final String vvol;
        private final int partition;
        private final byte[] key;
        private final long firstSeq;
        private final long upToSeq;
        private final Producer<byte[], byte[]> producer;
        private final HashChain hashes = new HashChain();
        private final List<Future<?>> sent = new ArrayList<>();

        /** As {@link FirstRecordGate} has it. */
        private boolean isIntroduced;

        private LogCursor cursor;
        private ChainPoint chain;

        Publication(
                String vvol,
                int partition,
                LogCursor headersEnd,
                ChainPoint chain,
                long upToSeq,
                Producer<byte[], byte[]> producer) {
            this.vvol = vvol;
            this.partition = partition;
            this.key = vvol.getBytes(StandardCharsets.UTF_8);
            this.firstSeq = headersEnd.seq() + 1;
            this.upToSeq = upToSeq;
            this.producer = producer;
            this.cursor = headersEnd;
            this.chain = chain;
        }

        boolean isComplete() {
            return cursor.seq() >= upToSeq;
        }

        @Override
        public boolean visit(String recordKey, byte[] value, long offset) throws IOException {
            if (recordKey.equals(vvol)) {
                LogEvent event = eventCodec.decode(value);
                EventHeader header = event.header();
                if (cursor.judge(header) instanceof Verdict.Next(LogCursor after)) {
                    cursor = after;
                    ChainLink link = hashes.link(chain, header, hashes.hash(event.payload()));
                    chain = ChainPoint.at(header.seq(), link);
                    sent.add(
                            producer.send(
                                    new ProducerRecord<>(
                                            Topics.HEADERS,
                                            partition,
                                            key,
                                            headerCodec.encode(
                                                    new IndexedHeader(header, offset, link)))));
                    if (sent.size() == BATCH_HEADERS || !isIntroduced) {
                        awaitSent();
                        isIntroduced = true;
                    }
                }
            }
            return !isComplete();
        }

        /** Returns the number of headers, all of them acknowledged. */
        long finish(PartitionReader writes) throws IOException {
            awaitSent();
            if (!isComplete()) {
                throw new IOException(
                        "headers of %s are missing from event %d on, and event %d is not in %s any more, which begins at offset %d"
                                .formatted(
                                        vvol,
                                        firstSeq,
                                        cursor.seq() + 1,
                                        Topics.WRITES,
                                        writes.begin()));
            }
            return cursor.seq() - firstSeq + 1;
        }

        private void awaitSent() throws IOException {
            try {
                for (Future<?> header : sent) {
                    header.get();
                }
                sent.clear();
            } catch (ExecutionException e) {
                throw new IOException(
                        "headers of %s could not be published: %s".formatted(vvol, e.getMessage()),
                        e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while headers were published");
            }
        }

        @Override
        public void close() {
            producer.close();
        }
    }
}
