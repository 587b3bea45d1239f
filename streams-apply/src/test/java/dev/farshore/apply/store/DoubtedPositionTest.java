package dev.farshore.apply.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.EventSerdes;
import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.decode.DecodedDeserializer;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.repair.Repair;
import dev.farshore.apply.repair.StoreWorker;
import dev.farshore.apply.replica.ApplyEnvironment;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Kafka Streams calls a task corrupted for many reasons, and says so by a commit without offsets.
 */
class DoubtedPositionTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.writes", 5);

    @TempDir Path directory;

    private final LogWriter log = new LogWriter("disk0");
    private final Hardener hardener = new Hardener(1);
    private final StoreWorker repair =
            Repair.start(
                    () -> {
                        throw new IllegalStateException("nothing is to be repaired");
                    },
                    new DecodedDeserializer<>(EventSerdes.writes().deserializer()),
                    Duration.ofSeconds(1));
    private ImageStore store;
    private long nextOffset;

    @BeforeEach
    void open() {
        store =
                new ImageStore(
                        new ApplyEnvironment(
                                ApplySettings.in(directory).withHardenInterval(Duration.ZERO),
                                hardener,
                                System::nanoTime),
                        new DecodedDeserializer<>(EventSerdes.writes().deserializer()),
                        new Images(),
                        repair);
        store.open(PARTITION);
    }

    @AfterEach
    void close() {
        store.close();
        repair.close();
        hardener.close();
    }

    private void apply(LogEvent event) {
        store.apply(event.header().vvol(), new Decoded.Value<>(event), nextOffset++);
    }

    private void closeAndOpen() {
        store.close();
        open();
    }

    @Test
    void shouldGoOnWhereItsImagesAreWhenSendingHasFailed() {
        apply(log.open(1 << 20));
        apply(log.write(0, 4096));

        store.commit(Map.of());
        closeAndOpen();

        assertThat(store.committedOffset(PARTITION)).isEqualTo(1);
    }

    @Test
    void shouldGoOnWhereItsImagesAreWhenNothingWasWrittenSinceItWasOpened() {
        apply(log.open(1 << 20));
        closeAndOpen();
        store.becomeActive(); // Streams has restored what there was

        store.commit(Map.of());
        closeAndOpen();

        assertThat(store.committedOffset(PARTITION)).isEqualTo(0);
    }

    @Test
    void shouldReadTheWholeLogWhenItDoesNotReachBackToTheImages() {
        apply(log.open(1 << 20));
        closeAndOpen();

        store.commit(Map.of()); // the first read has failed
        closeAndOpen();

        assertThat(store.committedOffset(PARTITION)).isNull();
    }
}
