package dev.farshore.capture.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.journal.JournalPosition;
import dev.farshore.capture.journal.TestDirectories;
import dev.farshore.capture.journal.TestEvents;
import dev.farshore.capture.read.Overlay;
import dev.farshore.schemas.log.EventHeader;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalSourceTest {
    private static final int PAYLOAD_BYTES = 4096;
    private static final long SEED = 1;

    private final TestDirectories directory = new TestDirectories();

    @AfterEach
    void delete() {
        directory.close();
    }

    @Test
    void shouldOfferAnEventOnceTheOverlayHasIt() throws Exception {
        Overlay overlay = new Overlay();
        try (Journal journal =
                Journal.create(
                        directory.path("journal"),
                        TestEvents.VVOL,
                        1 << 20,
                        JournalPosition.START,
                        HostBoot.UNKNOWN)) {
            JournalSource source = new JournalSource(journal, overlay);
            overlay.put(append(journal, 1));
            EventHeader second = append(journal, 2);

            assertThat(source.lastSeq()).as("its thread is held up").isEqualTo(1);
            overlay.put(second);
            assertThat(source.lastSeq()).isEqualTo(2);
        }
    }

    private static EventHeader append(Journal journal, long seq) throws Exception {
        EventHeader event = TestEvents.event(SEED, seq, PAYLOAD_BYTES);
        assertThat(journal.tryAppend(event, TestEvents.payload(SEED, seq, PAYLOAD_BYTES))).isTrue();
        return event;
    }
}
