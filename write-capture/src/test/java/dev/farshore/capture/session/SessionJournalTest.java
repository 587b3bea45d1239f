package dev.farshore.capture.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.journal.TestDirectories;
import dev.farshore.capture.journal.TestEvents;
import dev.farshore.capture.read.Overlay;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

class SessionJournalTest {
    private static final int PAYLOAD_BYTES = 4096;
    private static final long SEED = 1;

    private final TestDirectories directory = new TestDirectories();

    @AfterEach
    void delete() {
        directory.close();
    }

    @Test
    void shouldReleaseNothingWhileItTellsWhatIsUnpublished() throws Exception {
        try (Journal journal =
                Journal.create(
                        directory.path("journal"),
                        TestEvents.VVOL,
                        1 << 20,
                        JournalPosition.START,
                        HostBoot.UNKNOWN)) {
            SessionJournal session = new SessionJournal(journal, new Overlay());
            for (long seq = 1; seq <= 3; seq++) {
                journal.tryAppend(
                        TestEvents.event(SEED, seq, PAYLOAD_BYTES),
                        TestEvents.payload(SEED, seq, PAYLOAD_BYTES));
            }
            AtomicReference<Boolean> isReleased = new AtomicReference<>();

            Unpublished unpublished =
                    session.unpublished(
                            () -> {
                                isReleased.set(releasedByAnotherThread(session));
                                return 1;
                            },
                            0);

            assertThat(unpublished.events()).isEqualTo(2);
            assertThat(isReleased.get()).isFalse();
        }
    }

    /** Without a lane: it is not looked at while somebody else has the journal. */
    private static boolean releasedByAnotherThread(SessionJournal session) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return session.release(null, 3);
                            } catch (Exception e) {
                                return true;
                            }
                        })
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
