package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainPoint;
import dev.farshore.schemas.log.ChainVerdict;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

class PublisherTest {
    private static final int EVENTS = 2_000;

    private final WriteEventCodec events = new WriteEventCodec(1);
    private final WriteHeaderCodec headers = new WriteHeaderCodec(2);
    private final LogReader reader = new LogReader(events, headers);

    @Test
    void shouldPublishEveryEventAndThenItsHeaderInOrder() {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (Publisher publisher = publisher(broker)) {
            publishAll(publisher);
        }
        assertThat(seqs(reader.validEvents(broker.log()))).isEqualTo(allSeqs());
        assertThat(seqs(reader.validHeaders(broker.log()))).isEqualTo(allSeqs());
        assertThat(broker.log()).hasSize(2 * EVENTS);
        assertOneChain(broker);
    }

    @Test
    void shouldNameInEachHeaderTheOffsetOfItsEvent() {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (Publisher publisher = publisher(broker)) {
            publishAll(publisher);
        }
        List<ProducerRecord<byte[], byte[]>> log = broker.log();
        for (IndexedHeader header : reader.indexed(log)) {
            ProducerRecord<byte[], byte[]> event = log.get((int) header.writesOffset());
            assertThat(event.topic()).isEqualTo(Topics.WRITES);
            assertThat(events.decode(event.value()).header()).isEqualTo(header.header());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void shouldLeaveNoGapWhenSendsFailAndLateOnesArriveOutOfOrder(long seed) {
        FlakyBroker broker = new FlakyBroker(seed, 0.002);
        try (Publisher publisher = publisher(broker)) {
            publishAll(publisher);
        }
        assertThat(broker.producersMade()).as("producers, seed %d", seed).isGreaterThan(1);
        assertThat(seqs(reader.validEvents(broker.log())))
                .as("events that count, seed %d", seed)
                .isEqualTo(allSeqs());
        assertThat(seqs(reader.validHeaders(broker.log())))
                .as("headers that count, seed %d", seed)
                .isEqualTo(allSeqs());
        assertOneChain(broker);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 700})
    void shouldHoldHeadersFromAnOpeningThatIsNotKnownToCount(long heldFromSeq) {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (Publisher publisher = publisher(broker)) {
            Lane lane =
                    publisher.open(
                            "disk", 3, new Events(), ChainPoint.startingAfter(0), heldFromSeq);
            await().atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    lane.ackedSeq() == EVENTS
                                            && lane.headerAckedSeq() == heldFromSeq - 1);
            await().during(Duration.ofMillis(50))
                    .until(() -> lane.headerAckedSeq() == heldFromSeq - 1);
            assertThat(reader.indexed(broker.log())).hasSize((int) heldFromSeq - 1);

            lane.releaseHeaders();
            await().atMost(Duration.ofSeconds(60)).until(() -> lane.headerAckedSeq() == EVENTS);
        }
        assertThat(seqs(reader.validHeaders(broker.log()))).isEqualTo(allSeqs());
        assertOneChain(broker);
    }

    /** Also those that were sent again say the same, so a reader may take any of them. */
    private void assertOneChain(FlakyBroker broker) {
        List<ChainVerdict> verdicts = reader.chainVerdicts(broker.log(), "disk");
        assertThat(verdicts).hasSize(EVENTS);
        assertThat(verdicts.getFirst()).isEqualTo(ChainVerdict.STARTS);
        assertThat(verdicts.subList(1, EVENTS)).containsOnly(ChainVerdict.FOLLOWS);
        Map<Long, ChainLink> links = new HashMap<>();
        for (IndexedHeader header : reader.indexed(broker.log())) {
            ChainLink first = links.putIfAbsent(header.header().seq(), header.link());
            assertThat(first == null || first.equals(header.link())).isTrue();
        }
    }

    @Test
    void shouldGoOnForOthersWhereOneJournalCanNotBeReadAnyMore() {
        FlakyBroker broker = new FlakyBroker(1, 0);
        InternalError fault = new InternalError("a fault occurred in an unsafe memory access");
        try (Publisher publisher = publisher(broker)) {
            Lane broken =
                    publisher.open(
                            "broken",
                            3,
                            new EventSource() {
                                @Override
                                public long lastSeq() {
                                    return EVENTS;
                                }

                                @Override
                                public EventHeader header(long seq) {
                                    throw fault;
                                }

                                @Override
                                public ByteBuffer payload(long seq) {
                                    throw fault;
                                }
                            },
                            1);
            publishAll(publisher);

            assertThat(broken.sourceFailure()).isSameAs(fault);
            assertThat(broker.producersMade()).as("producers").isEqualTo(1);
        }
    }

    private Publisher publisher(FlakyBroker broker) {
        Publisher publisher =
                new Publisher(
                        broker::newProducer, events, headers, 64 * 1024, Duration.ofMillis(10));
        publisher.start();
        return publisher;
    }

    private static void publishAll(Publisher publisher) {
        Lane lane = publisher.open("disk", 3, new Events(), 1);
        await().atMost(Duration.ofSeconds(60)).until(() -> lane.headerAckedSeq() == EVENTS);
        assertThat(lane.ackedSeq()).isEqualTo(EVENTS);
    }

    private static List<Long> seqs(List<EventHeader> headers) {
        return headers.stream().map(EventHeader::seq).toList();
    }

    private static List<Long> allSeqs() {
        return LongStream.rangeClosed(1, EVENTS).boxed().toList();
    }

    /** An epoch opened, then writes. */
    private static final class Events implements EventSource {
        @Override
        public long lastSeq() {
            return EVENTS;
        }

        @Override
        public EventHeader header(long seq) {
            EventKind kind = seq == 1 ? EventKind.EPOCH_OPENED : EventKind.WRITE;
            return new EventHeader("disk", 1, seq, seq, kind, 0, 512, seq * 512, seq, 0, "a#1");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return seq == 1 ? ByteBuffer.allocate(0) : ByteBuffer.allocate(512).putLong(0, seq);
        }
    }
}
