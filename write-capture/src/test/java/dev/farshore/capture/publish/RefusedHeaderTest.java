package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;

@Timeout(60)
class RefusedHeaderTest {
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private volatile long lastSeq = 1;

    /** While a header is refused, events are sent one at a time; nobody wakes the lane here. */
    @Test
    void shouldSendAllEventsAgainWhenTheRefusedHeaderIsTaken() {
        try (Publisher publisher =
                new Publisher(
                        () -> producer, new WriteEventCodec(1), new WriteHeaderCodec(2), 1 << 20)) {
            publisher.start();
            Lane lane = publisher.open("disk", 3, new Events(), 1);
            awaitSent(1, 0);
            assertThat(producer.completeNext()).as("event 1").isTrue();
            awaitSent(1, 1);
            assertThat(producer.completeNext()).as("header 1").isTrue();

            lastSeq = 2;
            lane.wakeNow();
            awaitSent(2, 1);
            assertThat(producer.completeNext()).as("event 2").isTrue();
            awaitSent(2, 2);
            lastSeq = 6;
            assertThat(producer.errorNext(new RecordTooLargeException("header 2"))).isTrue();
            assertThat(lane.problem()).contains("farshore.headers refuses event 2");

            awaitSent(3, 3);
            assertThat(producer.completeNext()).as("event 3").isTrue();
            awaitSent(4, 4); // header 3 follows event 3
            assertThat(producer.completeNext()).as("header 2, again").isTrue();
            awaitSent(6, 4);
            assertThat(lane.problem()).isEmpty();
        }
    }

    private void awaitSent(int events, int headers) {
        await().untilAsserted(
                        () -> {
                            assertThat(sent(Topics.WRITES)).isEqualTo(events);
                            assertThat(sent(Topics.HEADERS)).isEqualTo(headers);
                        });
    }

    private long sent(String topic) {
        return producer.history().stream().filter(sent -> sent.topic().equals(topic)).count();
    }

    private final class Events implements EventSource {
        @Override
        public long lastSeq() {
            return lastSeq;
        }

        @Override
        public EventHeader header(long seq) {
            EventKind kind = seq == 1 ? EventKind.EPOCH_OPENED : EventKind.WRITE;
            return new EventHeader("disk", 1, seq, seq, kind, 0, 512, seq * 512, seq, 0, "a#1");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return ByteBuffer.allocate(seq == 1 ? 0 : 512);
        }
    }
}
