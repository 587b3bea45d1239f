package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.journal.JournalLoss.Kind;
import dev.farshore.capture.journal.file.Layout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;

/** What a journal tells of lost events, by the start of the host it was used in last. */
class JournalLossTest {
    private static final HostBoot FIRST = new HostBoot(UUID.randomUUID());
    private static final HostBoot SECOND = new HostBoot(UUID.randomUUID());
    private static final int ENTRY_BYTES = 512;

    @TempDir private Path folder;

    @Test
    void shouldTellThatUnflushedEventsMayBeLostAfterAHostCrash() throws IOException {
        crash(false);

        JournalLoss loss = lossAt(SECOND);

        assertThat(loss.kind()).isEqualTo(Kind.UNFLUSHED);
        assertThat(loss.afterSeq()).isEqualTo(3);
        assertThat(loss.hasRemoteClients()).isFalse();
        assertThat(loss.reason()).contains("after event 3 and not flushed");
    }

    @Test
    void shouldRememberThatAGuestOfAnotherHostHadWritten() throws IOException {
        crash(true);

        assertThat(lossAt(SECOND).hasRemoteClients()).isTrue();
        assertThat(lossAt(SECOND).hasRemoteClients()).as("at the next start").isTrue();
    }

    @Test
    void shouldTellNothingWhereOnlyTheProcessDied() throws IOException {
        crash(true);

        assertThat(lossAt(FIRST)).isEqualTo(JournalLoss.NONE);
    }

    @Test
    void shouldTellNothingOfAJournalThatWasClosed() throws IOException {
        try (Journal journal = create()) {
            append(journal, 3);
        }

        assertThat(lossAt(SECOND)).isEqualTo(JournalLoss.NONE);
    }

    @Test
    void shouldTellALossAtEveryOpeningUntilItIsSettled() throws IOException {
        crash(false);
        assertThat(lossAt(SECOND).isLoss()).isTrue();
        assertThat(lossAt(SECOND).isLoss()).as("closed in order meanwhile").isTrue();

        try (Journal journal = Journal.open(file(), SECOND)) {
            journal.settleLoss();
        }

        assertThat(lossAt(SECOND)).isEqualTo(JournalLoss.NONE);
    }

    @Test
    void shouldTellThatStableEventsAreLost() throws IOException {
        try (Journal journal = create()) {
            append(journal, 3);
        }
        damage(3);

        JournalLoss loss = lossAt(SECOND);

        assertThat(loss.kind()).isEqualTo(Kind.FLUSHED);
        assertThat(loss.reason()).contains("events up to 3 were stable, but it ends with 2");
    }

    @Test
    void shouldTellThatEventsInFrontOfWholeOnesAreLost() throws IOException {
        crash(false);
        damage(2);

        assertThat(lossAt(FIRST).kind()).as("no crash of the host took it").isEqualTo(Kind.FLUSHED);
    }

    @Test
    void shouldTellThatForcedEventsAreLostAsFarAsItKnows() throws IOException {
        Path left = folder.resolve("left");
        try (Journal journal = create()) {
            append(journal, 3);
            journal.force();
            Files.copy(file(), left);
        }
        Files.delete(file());
        Files.move(left, file());
        damage(3);

        assertThat(lossAt(SECOND).kind()).isEqualTo(Kind.FLUSHED);
    }

    @Test
    void shouldOpenAJournalThatKnowsNothingOfItsHost() throws IOException {
        crash(true);
        byte[] bytes = Files.readAllBytes(file());
        for (int slot = 0; slot < Layout.SLOTS; slot++) {
            int at = Layout.slotOffset(slot);
            Arrays.fill(bytes, at + Layout.MARK_CRC, at + Layout.SLOT_BYTES, (byte) 0);
        }
        Files.write(file(), bytes);

        try (Journal journal = Journal.open(file(), SECOND)) {
            assertThat(journal.lastSeq()).isEqualTo(3);
            assertThat(journal.loss()).isEqualTo(JournalLoss.NONE);
        }
        assertThat(lossAt(FIRST)).as("it was closed since").isEqualTo(JournalLoss.NONE);
    }

    @Test
    void shouldGoByTheOtherSlotWhereAMarkIsTorn() throws IOException {
        crash(true);
        byte[] bytes = Files.readAllBytes(file());
        // Opened last: the second slot is the newer, and the first of the incarnation before.
        Path left = folder.resolve("left");
        Files.write(file(), bytes);
        try (Journal journal = Journal.open(file(), FIRST)) {
            journal.release(1);
            Files.copy(file(), left);
        }
        bytes = Files.readAllBytes(left);
        int newer = Layout.slotOffset(generation(bytes, 0) > generation(bytes, 1) ? 0 : 1);
        bytes[newer + Layout.MARK_BOOT] ^= 1;
        Files.write(file(), bytes);

        assertThat(lossAt(SECOND).kind()).isEqualTo(Kind.UNFLUSHED);
    }

    private static long generation(byte[] bytes, int slot) {
        return ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong(Layout.slotOffset(slot) + Layout.SLOT_GENERATION);
    }

    /** Leaves a journal of three events that the first start of the host had open. */
    private void crash(boolean hasRemoteClients) throws IOException {
        Path left = folder.resolve("left");
        try (Journal journal = create()) {
            if (hasRemoteClients) {
                journal.expectRemoteClients();
            }
            append(journal, 3);
            Files.copy(file(), left);
        }
        Files.delete(file());
        Files.move(left, file());
    }

    private void damage(long seq) throws IOException {
        byte[] bytes = Files.readAllBytes(file());
        int entry = (int) Layout.entryBytes(ENTRY_BYTES, 0);
        bytes[Layout.RING_OFFSET + (int) (seq - 1) * entry + Layout.ENTRY_PAYLOAD] ^= 1;
        Files.write(file(), bytes);
    }

    private JournalLoss lossAt(HostBoot boot) throws IOException {
        try (Journal journal = Journal.open(file(), boot)) {
            return journal.loss();
        }
    }

    private Journal create() throws IOException {
        return Journal.create(file(), TestEvents.VVOL, 1 << 20, JournalPosition.START, FIRST);
    }

    private static void append(Journal journal, long to) throws IOException {
        for (long seq = 1; seq <= to; seq++) {
            journal.tryAppend(event(1, seq, ENTRY_BYTES), payload(1, seq, ENTRY_BYTES));
        }
    }

    private Path file() {
        return folder.resolve("volume.journal");
    }
}
