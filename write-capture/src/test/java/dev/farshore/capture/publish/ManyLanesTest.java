package dev.farshore.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

@Timeout(60)
class ManyLanesTest {
    private static final int LANES = 1_000;

    /**
     * Some come when no other is queued: the first, and those that a slow start lets trickle in.
     */
    private static final long LIMIT = LANES / 10;

    @Test
    void shouldNotWaitForOthersWhileOthersWait() {
        FlakyBroker broker = new FlakyBroker(1, 0);
        try (Publisher publisher =
                new Publisher(
                        broker::newProducer,
                        new WriteEventCodec(1),
                        new WriteHeaderCodec(2),
                        1 << 20)) {
            List<Lane> lanes =
                    IntStream.range(0, LANES)
                            .mapToObj(
                                    i ->
                                            publisher.open(
                                                    "disk-" + i, i, new OneEvent("disk-" + i), 1))
                            .toList();
            publisher.start();
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> lanes.stream().allMatch(lane -> lane.ackedSeq() == 1));

            assertThat(publisher.lingers()).isLessThan(LIMIT);
        }
    }

    private record OneEvent(String vvol) implements EventSource {
        @Override
        public long lastSeq() {
            return 1;
        }

        @Override
        public EventHeader header(long seq) {
            return new EventHeader(
                    vvol, 1, seq, seq, EventKind.EPOCH_OPENED, 0, 512, 0, seq, 0, "a#1");
        }

        @Override
        public ByteBuffer payload(long seq) {
            return ByteBuffer.allocate(0);
        }
    }
}
