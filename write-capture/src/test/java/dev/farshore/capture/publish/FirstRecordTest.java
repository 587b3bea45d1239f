package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.List;

class FirstRecordTest {
    private static final int EVENTS = 20;
    private static final int PARTITION = 3;

    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());

    private Publisher publisher() {
        Publisher publisher =
                new Publisher(
                        () -> producer, new WriteEventCodec(1), new WriteHeaderCodec(2), 64 * 1024);
        publisher.start();
        return publisher;
    }

    @Test
    void shouldSendNothingBehindAProducersFirstRecordOfAPartitionUntilItIsAcknowledged() {
        try (Publisher publisher = publisher()) {
            publisher.open("one", PARTITION, new Events("one"), 1);
            publisher.open("two", PARTITION, new Events("two"), 1);
            publisher.open("three", PARTITION + 1, new Events("three"), 1);
            // Lanes take turns in the order they came: by now both of the partition had theirs.
            await().until(() -> sentTo(PARTITION + 1) == 1);
            assertThat(sentTo(PARTITION)).isEqualTo(1);
            assertThat(producer.completeNext()).isTrue();
            await().untilAsserted(() -> assertThat(sentTo(PARTITION)).isEqualTo(2 * EVENTS));
            assertThat(sentTo(PARTITION + 1)).as("not acknowledged yet").isEqualTo(1);
        }
    }

    @Test
    void shouldSendOneHeaderFirstAndTheOthersWhenItIsAcknowledged() {
        try (Publisher publisher = publisher()) {
            Lane lane = publisher.open("one", PARTITION, new Events("one"), 1);
            await().until(() -> producer.completeNext());
            await().untilAsserted(() -> assertThat(sent(Topics.WRITES)).hasSize(EVENTS));
            await().untilAsserted(() -> assertThat(sent(Topics.HEADERS)).hasSize(1));
            await().until(
                            () -> {
                                producer.completeNext();
                                return lane.headerAckedSeq() == EVENTS;
                            });
            assertThat(sent(Topics.HEADERS)).hasSize(EVENTS);
        }
    }

    @Test
    void shouldNotMakeOtherPartitionsWait() {
        try (Publisher publisher = publisher()) {
            publisher.open("one", PARTITION, new Events("one"), 1);
            publisher.open("two", PARTITION + 1, new Events("two"), 1);
            await().untilAsserted(
                            () ->
                                    assertThat(sent(Topics.WRITES))
                                            .extracting(ProducerRecord::partition)
                                            .containsExactlyInAnyOrder(PARTITION, PARTITION + 1));
        }
    }

    private long sentTo(int partition) {
        return sent(Topics.WRITES).stream()
                .filter(record -> record.partition() == partition)
                .count();
    }

    private List<ProducerRecord<byte[], byte[]>> sent(String topic) {
        return producer.history().stream().filter(record -> record.topic().equals(topic)).toList();
    }

    private record Events(String vvol) implements EventSource {
        @Override
        public long lastSeq() {
            return EVENTS;
        }

        @Override
        public EventHeader header(long seq) {
            EventKind kind = seq == 1 ? EventKind.EPOCH_OPENED : EventKind.WRITE;
            return new EventHeader(vvol, 1, seq, seq, kind, 0, 512, seq * 512, seq, 0, "a#1");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return ByteBuffer.allocate(seq == 1 ? 0 : 512);
        }
    }
}
