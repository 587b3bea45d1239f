package dev.farshore.apply.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.apply.LogWriter;
import dev.farshore.apply.decode.Decoded;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.OptionalLong;

/** Headers that are missing cost what they told of, and only until the image has that. */
class HeaderGapTest {
    private static final TopicPartition PARTITION = new TopicPartition("farshore.headers", 5);
    private static final long SIZE = 1L << 30;

    @TempDir Path directory;

    private final LogWriter log = new LogWriter("disk0");
    private final DirtyBlockIndex index = new DirtyBlockIndex();
    private DirtyBlockStore store;
    private long headersOffset;

    @BeforeEach
    void open() {
        store =
                new DirtyBlockStore(
                        (topic, bytes) -> {
                            throw new UnsupportedOperationException();
                        },
                        index,
                        vvol -> OptionalLong.empty(),
                        Runnable::run,
                        System::nanoTime);
        store.open(PARTITION, directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void header(LogEvent event) {
        store.onHeader(
                "disk0",
                new Decoded.Value<>(new IndexedHeader(event.header(), 1000 + event.header().seq())),
                headersOffset++);
    }

    private DirtyBlocks blocks() {
        return index.find("disk0").orElseThrow();
    }

    @Test
    void shouldBeCompleteAgainWhenTheImageHasWhatTheMissingHeadersTold() {
        header(log.open(SIZE));
        log.write(0, 512);
        header(log.write(4096, 512));
        header(log.write(8192, 512));
        store.onHardened("disk0", 1);
        assertThat(blocks().isComplete()).isFalse();
        assertThat(blocks().isDirty(0, 512)).isTrue();

        store.onHardened("disk0", 2);

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().isDirty(0, 512)).isFalse();
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(3L, 4L);
        assertThat(blocks().logEnd().epoch()).isEqualTo(1);
    }

    @Test
    void shouldStillBeSoAfterARestart() {
        header(log.open(SIZE));
        log.write(0, 512);
        header(log.write(4096, 512));
        close();
        open();
        assertThat(blocks().isComplete()).isFalse();

        store.onHardened("disk0", 2);
        header(log.write(8192, 512));

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(3L, 4L);
    }

    /** A publisher that failed sends again from its oldest header that was not acknowledged. */
    @Test
    void shouldIgnoreTheMissingHeaderWhenItComesAfterAll() {
        header(log.open(SIZE));
        LogEvent late = log.write(0, 512);
        LogEvent early = log.write(4096, 512);
        header(early);
        header(late);
        header(early);
        header(log.write(8192, 512));
        assertThat(blocks().isComplete()).isFalse();

        store.onHardened("disk0", 2);

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(3L, 4L);
    }

    @Test
    void shouldGoOnBehindAHeaderThatCannotBeRead() {
        header(log.open(SIZE));
        log.write(0, 512);
        store.onHeader("disk0", new Decoded.Unreadable<>("damaged"), headersOffset++);
        store.onHardened("disk0", 2);
        assertThat(blocks().isComplete()).as("nobody knows what it was").isFalse();

        header(log.write(4096, 512));

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(3L);
    }

    /** What is missing may be an epoch's end and the next one's opening. */
    @Test
    void shouldGoOnInAnEpochWhoseOpeningIsMissing() {
        header(log.open(SIZE));
        log.seal();
        LogEvent opening = log.open(SIZE);
        header(log.write(4096, 512));
        header(opening);
        header(log.write(8192, 512));
        store.onHardened("disk0", 3);

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().logEnd().epoch()).isEqualTo(2);
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(4L, 5L);
    }

    /** The headers of a fenced owner may come before those of the opening that fences it. */
    @Test
    void shouldTakeBackAForkThatItBeganAnewWith() {
        header(log.open(SIZE));
        LogWriter fenced = log.copy();
        fenced.write(0, 512);
        header(fenced.write(512, 512));
        header(log.open(SIZE));
        header(log.write(4096, 512));
        store.onHardened("disk0", 1);

        assertThat(blocks().isComplete()).isTrue();
        assertThat(blocks().logEnd().epoch()).isEqualTo(2);
        assertThat(blocks().extents(0, SIZE)).extracting(DirtyExtent::seq).containsExactly(3L);
    }

    @Test
    void shouldNotBeginAnewWithWhatIsFenced() {
        LogWriter fenced = new LogWriter("disk0");
        fenced.open(SIZE);
        log.open(SIZE);
        header(log.open(SIZE));
        log.write(0, 512);
        header(log.write(4096, 512));
        for (int i = 0; i < 5; i++) {
            header(fenced.write(8192, 512));
        }
        assertThat(blocks().logEnd().seq()).isEqualTo(4);
        assertThat(blocks().logEnd().epoch()).isEqualTo(2);
    }
}
