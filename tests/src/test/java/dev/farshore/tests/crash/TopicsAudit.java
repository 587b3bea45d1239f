package dev.farshore.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainVerdict;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** Reads both topics of a volume from the beginning with a plain consumer, as an auditor would. */
public final class TopicsAudit {
    private static final Duration POLL = Duration.ofMillis(200);

    private final String brokers;
    private final String vvol;
    private final int partition;
    private final WriteEventCodec events;
    private final WriteHeaderCodec headers;

    public TopicsAudit(
            String brokers,
            String vvol,
            int partition,
            WriteEventCodec events,
            WriteHeaderCodec headers) {
        this.brokers = brokers;
        this.vvol = vvol;
        this.partition = partition;
        this.events = events;
        this.headers = headers;
    }

    /**
     * What was found.
     *
     * @param writes where the events that count have come to
     * @param newestSeq highest seq there is, also behind a hole
     * @param headers where the headers that count have come to
     * @param records of the volume in {@code farshore.writes}, the ignored ones too
     * @param duplicates events seen before
     * @param fenced events that do not count
     */
    public record Findings(
            LogCursor writes,
            long newestSeq,
            LogCursor headers,
            long records,
            long duplicates,
            long fenced) {}

    /** What is still to be read of one topic. */
    private static final class Reading {
        private LogCursor cursor = LogCursor.START;
        private long newestSeq;
        private long records;
        private long duplicates;
        private long fenced;

        /** Whether it counts. A gap stays until what is missing comes. */
        private boolean take(EventHeader header) {
            records++;
            newestSeq = Math.max(newestSeq, header.seq());
            return switch (cursor.judge(header)) {
                case Verdict.Next(LogCursor after) -> {
                    cursor = after;
                    yield true;
                }
                case Verdict.Duplicate duplicate -> {
                    duplicates++;
                    yield false;
                }
                case Verdict.Fenced no -> {
                    fenced++;
                    yield false;
                }
                case Verdict.Gap gap -> false;
            };
        }
    }

    /**
     * Reads both, and asserts that every payload is what its checksum says, that every header is
     * its event's, with an offset at which that event lies, and that all headers from the first to
     * the last are one hash chain.
     */
    public Findings findings() {
        Reading writes = new Reading();
        read(
                Topics.WRITES,
                record -> {
                    LogEvent event = events.decode(record.value());
                    if (writes.take(event.header())) {
                        assertIntact(event);
                    }
                });
        Reading indexed = new Reading();
        ChainAudit chain = new ChainAudit();
        try (KafkaConsumer<String, byte[]> pointed = consumer()) {
            TopicPartition where = new TopicPartition(Topics.WRITES, partition);
            pointed.assign(List.of(where));
            OffsetReader at = new OffsetReader(pointed, where);
            read(
                    Topics.HEADERS,
                    record -> {
                        IndexedHeader header = headers.decode(record.value());
                        if (indexed.take(header.header())) {
                            LogEvent event = events.decode(at.value(header.writesOffset()));
                            assertThat(event.header())
                                    .as("event at the offset of its header")
                                    .isEqualTo(header.header());
                            chain.follow(header, event.payload());
                        }
                    });
        }
        return new Findings(
                writes.cursor,
                writes.newestSeq,
                indexed.cursor,
                writes.records,
                writes.duplicates,
                writes.fenced);
    }

    private static void assertIntact(LogEvent event) {
        if (event.header().payloadBytes() > 0) {
            assertThat(event.payload().remaining()).isEqualTo(event.header().payloadBytes());
            CRC32C crc = new CRC32C();
            crc.update(event.payload().duplicate());
            assertThat((int) crc.getValue())
                    .as("CRC-32C of event %d", event.header().seq())
                    .isEqualTo(event.header().crc32c());
        }
    }

    private void read(String topic, Consumer<ConsumerRecord<String, byte[]>> taken) {
        TopicPartition where = new TopicPartition(topic, partition);
        try (KafkaConsumer<String, byte[]> consumer = consumer()) {
            consumer.assign(List.of(where));
            consumer.seekToBeginning(List.of(where));
            long end = consumer.endOffsets(List.of(where)).get(where);
            while (consumer.position(where) < end) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    if (vvol.equals(record.key())) {
                        taken.accept(record);
                    }
                }
            }
        }
    }

    private KafkaConsumer<String, byte[]> consumer() {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", brokers, "max.poll.records", 5000),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    /** The hash chain, from the first header that counts to the last. */
    private static final class ChainAudit {
        private final HashChain chain = new HashChain();
        private @Nullable ChainLink before;

        void follow(IndexedHeader header, ByteBuffer payload) {
            ChainLink link = Objects.requireNonNull(header.link(), "every header has a link");
            assertThat(chain.judge(before, header.header(), link))
                    .as("hash chain at event %d", header.header().seq())
                    .isEqualTo(before == null ? ChainVerdict.STARTS : ChainVerdict.FOLLOWS);
            assertThat(chain.hash(payload))
                    .as("SHA-256 of the payload of event %d", header.header().seq())
                    .isEqualTo(link.payload());
            before = link;
        }
    }

    /** Records at offsets that mostly rise. */
    private static final class OffsetReader {
        private final KafkaConsumer<String, byte[]> consumer;
        private final TopicPartition where;
        private List<ConsumerRecord<String, byte[]>> fetched = List.of();
        private int next;

        OffsetReader(KafkaConsumer<String, byte[]> consumer, TopicPartition where) {
            this.consumer = consumer;
            this.where = where;
            consumer.seekToBeginning(List.of(where));
        }

        byte[] value(long offset) {
            while (true) {
                while (next < fetched.size() && fetched.get(next).offset() < offset) {
                    next++;
                }
                if (next < fetched.size()) {
                    ConsumerRecord<String, byte[]> record = fetched.get(next);
                    if (record.offset() == offset) {
                        return record.value();
                    }
                    // A header may point at a copy that lies before the one read last.
                    consumer.seek(where, offset);
                }
                fetched = consumer.poll(POLL).records(where);
                next = 0;
            }
        }
    }
}
