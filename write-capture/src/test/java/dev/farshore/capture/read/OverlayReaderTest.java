package dev.farshore.capture.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.journal.TestDirectories;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Writer, applier and readers at once on a few blocks. Every sector written carries the seq of its
 * event in every word, so a reader can tell a torn sector, one that is too old, and one that was
 * never written there.
 */
@Tag("slow")
class OverlayReaderTest {
    private static final Logger log = LoggerFactory.getLogger(OverlayReaderTest.class);
    private static final Duration TIME = Duration.ofSeconds(3);

    private final TestDirectories directory = new TestDirectories();
    private Journal journal;

    @BeforeEach
    void createJournal() throws IOException {
        journal =
                Journal.create(
                        directory.path("journal"),
                        "v",
                        256 * 1024,
                        JournalPosition.START,
                        HostBoot.UNKNOWN);
    }

    @AfterEach
    void removeJournal() throws IOException {
        journal.close();
        directory.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldReadNothingTornAndNothingOldAndCallNoDataAHole(StampedVolume.Writes writes)
            throws Exception {
        long seed = new Random().nextLong();
        log.atInfo().addKeyValue("seed", seed).log("reading beside {}", writes);
        StampedVolume volume = new StampedVolume(journal, writes, TIME);
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?>[] all = {
                threads.submit(() -> volume.write(new Random(seed))),
                threads.submit(() -> volume.apply(new Random(seed + 1))),
                threads.submit(() -> volume.readAndCheck(new Random(seed + 2))),
                threads.submit(() -> volume.readAndCheck(new Random(seed + 3))),
                threads.submit(() -> volume.checkAllocation(new Random(seed + 4)))
            };
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        log.atInfo().log(volume.toString());
        assertThat(volume.reads()).isGreaterThan(100);
        assertThat(volume.imageReads()).isGreaterThan(100);
        assertThat(volume.holes()).isGreaterThan(100);
        assertThat(volume.events()).isGreaterThan(100);
    }
}
