package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.JournalLock;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.capture.journal.file.MappedFile;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

class JournalTest {
    private static final long SEED = 7;
    private static final int CAPACITY_BYTES = 64 * 1024;

    @TempDir Path directory;

    @Test
    void shouldGiveBackWhatWasAppended() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            append(journal, 1, 4096);
            append(journal, 2, 0);
            append(journal, 7, 512, 3);

            assertThat(journal.firstSeq()).isEqualTo(1);
            assertThat(journal.lastSeq()).isEqualTo(7);
            assertHolds(journal, 1, 4096);
            assertHolds(journal, 2, 0);
            assertHolds(journal, 7, 512);
        }
    }

    @Test
    void shouldFindItsEntriesAfterAReopen() throws IOException {
        try (Journal journal = create(new JournalPosition(4, 41, 100, 5000))) {
            assertThat(journal.last()).isEqualTo(new JournalPosition(4, 41, 100, 5000));
            append(journal, 60, 1024, 42);
            journal.release(50);
        }
        try (Journal journal = Journal.open(file())) {
            assertThat(journal.recovery()).isEqualTo(new JournalRecovery(51, 60, 0, 0, ""));
            assertThat(journal.vvol()).isEqualTo(TestEvents.VVOL);
            assertThat(journal.last()).isEqualTo(JournalPosition.of(event(SEED, 60, 1024)));
            for (long seq = 51; seq <= 60; seq++) {
                assertHolds(journal, seq, 1024);
            }
            append(journal, 61, 1024, 61);
            journal.release(61);
        }
        try (Journal journal = Journal.open(file())) {
            assertThat(journal.isEmpty()).isTrue();
            assertThat(journal.last()).isEqualTo(JournalPosition.of(event(SEED, 61, 1024)));
        }
    }

    @Test
    void shouldRefuseAnEntryWhenFullAndTakeItAfterARelease() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            long seq = 1;
            while (journal.tryAppend(event(SEED, seq, 4096), payload(SEED, seq, 4096))) {
                seq++;
            }
            assertThat(seq).isGreaterThan(10);
            assertThat(journal.lastSeq()).isEqualTo(seq - 1);
            assertThat(journal.usedBytes()).isLessThanOrEqualTo(journal.capacityBytes());

            journal.release(seq / 2);

            append(journal, seq, 4096, seq);
            for (long held = journal.firstSeq(); held <= seq; held++) {
                assertHolds(journal, held, 4096);
            }
        }
    }

    @Test
    void shouldTakeTheLargestEntryWhereverTheEmptyRingIs() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            int largest = (int) journal.maxPayloadBytes() / 512 * 512;
            for (long seq = 1; seq <= 200; seq += 2) {
                append(journal, seq, 1024, seq);
                journal.release(seq);
                // Room needs no release of its own: there is nothing left to release.
                append(journal, seq + 1, largest, seq + 1);
                assertHolds(journal, seq + 1, largest);
                journal.release(seq + 1);
            }
        }
    }

    @Test
    void shouldRefuseAtOnceWhatCanNeverFit() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            int tooLarge = (int) journal.maxPayloadBytes() + 8;
            assertThatThrownBy(
                            () ->
                                    journal.tryAppend(
                                            event(SEED, 1, tooLarge), payload(SEED, 1, tooLarge)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("too large")
                    .hasMessageContaining(String.valueOf(CAPACITY_BYTES / 2));
            append(journal, 1, 512);
        }
    }

    @Test
    void shouldRefuseAnEventThatIsNotTheNext() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            append(journal, 1, 512);
            for (long seq : new long[] {1, 3}) {
                assertThatThrownBy(
                                () -> journal.tryAppend(event(SEED, seq, 8), payload(SEED, seq, 8)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("does not follow");
            }
        }
    }

    @Test
    void shouldBoundTheNumberOfEntriesToo() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            long seq = 1;
            while (journal.tryAppend(event(SEED, seq, 0), payload(SEED, seq, 0))) {
                seq++;
            }
            assertThat(seq - 1).isEqualTo(CAPACITY_BYTES / 512);
            journal.release(journal.lastSeq());
            append(journal, seq, 0, seq);
        }
        try (Journal journal = Journal.open(file())) {
            assertThat(journal.recovery().isCut()).isFalse();
        }
    }

    @Test
    void shouldKeepASecondOwnerAway() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            assertThatThrownBy(() -> Journal.open(file()))
                    .isInstanceOfSatisfying(
                            JournalException.class,
                            e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.LOCKED))
                    .hasMessageContaining("only one node may serve a volume");
            // Others may look at the file; that must not give the lock away.
            assertThat(Files.readAllBytes(file())).isNotEmpty();
            assertThatThrownBy(() -> Journal.open(file())).isInstanceOf(JournalException.class);
            append(journal, 1, 512);
        }
        Journal.open(file()).close();
    }

    @Test
    void shouldNotCreateOverAnExistingJournal() throws IOException {
        create(JournalPosition.START).close();
        assertThatThrownBy(() -> create(JournalPosition.START))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("exists");
    }

    @Test
    void shouldSayAtCreationThatTheDiskHasNoRoom() throws IOException {
        assertThatThrownBy(
                        () ->
                                Journal.create(
                                        file(), TestEvents.VVOL, 1L << 50, JournalPosition.START))
                .isInstanceOfSatisfying(
                        JournalException.class,
                        e -> assertThat(e.kind()).isEqualTo(JournalException.Kind.NO_SPACE))
                .hasMessageContaining(file().toString());
        assertThat(file()).doesNotExist();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(JournalLock.lockFileOf(file()));
        }
    }

    @Test
    void shouldFillHolesBeforeItMapsThem() throws IOException {
        create(JournalPosition.START).close();
        long ringEnd = Files.size(file());
        // A copy that makes holes: the ring was never written, so all of it becomes one.
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            channel.truncate(Layout.RING_OFFSET);
            channel.write(ByteBuffer.allocate(1), ringEnd - 1);
        }
        assertThat(allocatedBytes()).isLessThan(ringEnd);

        Journal.open(file()).close();

        assertThat(allocatedBytes()).isGreaterThanOrEqualTo(ringEnd);
    }

    private long allocatedBytes() throws IOException {
        Process stat =
                new ProcessBuilder("stat", "-c", "%b", file().toString())
                        .redirectErrorStream(true)
                        .start();
        return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes()).strip());
    }

    @Test
    void shouldTakeNothingMoreOnceForcingHasFailed() throws IOException {
        create(JournalPosition.START).close();
        boolean[] isBroken = {false};
        MappedFile.Forcing forcing =
                (memory, from, bytes) -> {
                    if (isBroken[0]) {
                        throw new java.io.UncheckedIOException(new IOException("disk is gone"));
                    }
                };
        Journal journal = Journal.open(file(), forcing, HostBoot.present());
        append(journal, 1, 512);
        isBroken[0] = true;
        assertThatThrownBy(journal::force).hasMessageContaining("disk is gone");
        isBroken[0] = false;
        assertThatThrownBy(journal::force).hasMessageContaining("takes nothing more");
        assertThatThrownBy(() -> append(journal, 2, 512)).hasMessageContaining("disk is gone");
        assertHolds(journal, 1, 512);
        journal.close();
        assertThatThrownBy(journal::force).hasMessageContaining("is closed");
    }

    @Test
    void shouldCopyPartsOfAPayloadOnlyWhileItIsHeld() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            append(journal, 2, 4096, 1);
            long offset = event(SEED, 2, 4096).offset();
            ByteBuffer into = ByteBuffer.allocate(512);
            assertThat(journal.copyRange(2, offset + 1024, into)).isTrue();
            assertThat(into.flip()).isEqualTo(payload(SEED, 2, 4096).slice(1024, 512));
            assertThatThrownBy(() -> journal.copyRange(2, offset + 4096, into.clear()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> journal.copyRange(3, 0, into))
                    .isInstanceOf(IllegalArgumentException.class);

            journal.release(2);

            assertThat(journal.copyRange(2, offset, into.clear())).isFalse();
            assertThat(into.position()).isZero();
        }
    }

    @Test
    void shouldServeAPublisherThroughOneReader() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            JournalReader reader = journal.reader();
            for (long seq = 1; seq < 500; seq++) {
                append(journal, seq, 2048, seq);
                reader.moveTo(seq);
                assertThat(reader.header()).isEqualTo(event(SEED, seq, 2048));
                assertThat(reader.payload()).isEqualTo(payload(SEED, seq, 2048));
                if (seq > 5) {
                    // From the oldest again, as after a failed send.
                    reader.moveTo(seq - 4);
                    assertThat(reader.payload()).isEqualTo(payload(SEED, seq - 4, 2048));
                    journal.release(seq - 5);
                }
            }
        }
    }

    @Test
    void shouldNeverShowAnotherEntryThanTheOneAskedFor() throws IOException {
        try (Journal journal = create(JournalPosition.START)) {
            append(journal, 5, 512, 1);
            JournalReader reader = journal.reader();
            reader.moveTo(5);
            journal.release(3);

            for (long seq : new long[] {6, 3}) {
                assertThatThrownBy(() -> reader.moveTo(seq))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(reader::header).isInstanceOf(IllegalStateException.class);
                assertThat(reader.payload().remaining()).isZero();
                reader.moveTo(5);
            }
        }
    }

    private Path file() {
        return directory.resolve("volume.journal");
    }

    private Journal create(JournalPosition after) throws IOException {
        return Journal.create(file(), TestEvents.VVOL, CAPACITY_BYTES, after);
    }

    private static void append(Journal journal, long seq, int payloadBytes) throws IOException {
        append(journal, seq, payloadBytes, seq);
    }

    private static void append(Journal journal, long to, int payloadBytes, long from)
            throws IOException {
        for (long seq = from; seq <= to; seq++) {
            EventHeader header = event(SEED, seq, payloadBytes);
            assertThat(journal.tryAppend(header, payload(SEED, seq, payloadBytes))).isTrue();
        }
    }

    private static void assertHolds(Journal journal, long seq, int payloadBytes) {
        LogEvent read = journal.read(seq);
        assertThat(read.header()).isEqualTo(event(SEED, seq, payloadBytes));
        assertThat(read.payload()).isEqualTo(payload(SEED, seq, payloadBytes));
    }
}
