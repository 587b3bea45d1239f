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

    /** Each would take 100 µs and more if it waited for others to come. */
    private static final double LIMIT_MILLIS = 80;

    @Test
    void shouldNotWaitForOthersWhileOthersWait() {
        double bestMillis =
                IntStream.range(0, 5).mapToDouble(round -> publishMillis()).min().orElseThrow();

        System.out.printf("%d lanes with one event each: %.0f ms%n", LANES, bestMillis);
        assertThat(bestMillis).isLessThan(LIMIT_MILLIS);
    }

    /** From the first lane's turn to the last's. */
    private static double publishMillis() {
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
            long startNanos = System.nanoTime();
            publisher.start();
            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> lanes.stream().allMatch(lane -> lane.ackedSeq() == 1));
            return (System.nanoTime() - startNanos) / 1e6;
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
