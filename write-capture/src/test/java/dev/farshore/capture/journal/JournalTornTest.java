package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.journal.file.Layout;
import dev.farshore.schemas.log.LogEvent;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.lifecycle.AfterProperty;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/**
 * Files that are cut or damaged: what is recovered is a prefix of what was appended, or nothing.
 */
class JournalTornTest {
    private static final long SEED = 11;
    private static final int CAPACITY_BYTES = 2 * 4096;
    private static final int MAX_PAYLOAD_BYTES = 256;

    private final TestDirectories directory = new TestDirectories();

    @AfterProperty
    void removeFiles() {
        directory.close();
    }

    /** A journal that has gone round its ring several times. */
    private record Sample(byte[] bytes, long firstSeq, long lastSeq, long[] positions) {
        int fileOffset(long seq) {
            return Layout.RING_OFFSET + (int) (positions[(int) seq] % CAPACITY_BYTES);
        }
    }

    @Example
    void shouldRecoverAPrefixOfAFileCutAnywhere() throws IOException {
        Sample sample = sample(100);
        for (int length = 0; length < sample.bytes().length; length++) {
            if (!isInLastEntries(sample, length)
                    && length % (length < Layout.RING_OFFSET ? 512 : 16) > 1) {
                continue;
            }
            Recovered recovered = recover(sample, Arrays.copyOf(sample.bytes(), length));
            if (length < Layout.RING_OFFSET) {
                assertThat(recovered.error()).isEqualTo(JournalException.Kind.CORRUPT);
                continue;
            }
            long lost = sample.lastSeq() + 1;
            for (long seq = sample.lastSeq(); seq >= sample.firstSeq(); seq--) {
                if (isDamagedByCut(sample, seq, length)) {
                    lost = seq;
                }
            }
            assertThat(recovered.firstSeq()).isEqualTo(sample.firstSeq());
            assertThat(recovered.lastSeq()).as("file cut to %d", length).isEqualTo(lost - 1);
        }
    }

    /** Whether it is a boundary, or within, one of the last three: there every byte is tried. */
    private static boolean isInLastEntries(Sample sample, int length) {
        for (long seq = sample.lastSeq() - 2; seq <= sample.lastSeq(); seq++) {
            int start = sample.fileOffset(seq);
            if (length >= start - 8 && length <= start + bytesWithoutPadding(seq) + 8) {
                return true;
            }
        }
        return false;
    }

    @Example
    void shouldCutAtTheFirstDamagedByte() throws IOException {
        Sample sample = sample(60);
        for (long seq = sample.lastSeq() - 2; seq <= sample.lastSeq(); seq++) {
            for (int i = 0; i < bytesWithoutPadding(seq); i++) {
                byte[] damaged = sample.bytes().clone();
                damaged[sample.fileOffset(seq) + i] ^= (byte) (1 << i % 8);
                Recovered recovered = recover(sample, damaged);
                boolean isUnused = i >= Layout.ENTRY_NOTE_BYTES + 2 && i < Layout.ENTRY_PAYLOAD;
                assertThat(recovered.lastSeq())
                        .as("byte %d of entry %d", i, seq)
                        .isEqualTo(isPadding(seq, i) && !isUnused ? sample.lastSeq() : seq - 1);
                assertThat(recovered.cut().isCut())
                        .isEqualTo(recovered.lastSeq() < sample.lastSeq());
            }
        }
    }

    @Property(tries = 600)
    void shouldNeverTakeGarbageForAnEntry(@ForAll @LongRange(min = 0, max = 1L << 40) long seed)
            throws IOException {
        Random random = new Random(seed);
        Sample sample = sample(20 + random.nextInt(40));
        byte[] damaged = sample.bytes().clone();
        int end = random.nextBoolean() ? damaged.length : Layout.RING_OFFSET;
        for (int flips = 1 + random.nextInt(40); flips > 0; flips--) {
            damaged[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
        }
        Recovered recovered = recover(sample, damaged);
        if (recovered.error() != null) {
            assertThat(recovered.error()).isEqualTo(JournalException.Kind.CORRUPT);
        } else {
            assertThat(recovered.lastSeq()).isLessThanOrEqualTo(sample.lastSeq());
            assertThat(recovered.firstSeq()).isLessThanOrEqualTo(sample.firstSeq());
        }
    }

    @Example
    void shouldNotTakeUpWhatFollowedATornEntry() throws IOException {
        Path file = directory.path("journal");
        long eighthPosition;
        try (Journal journal =
                Journal.create(file, TestEvents.VVOL, CAPACITY_BYTES, JournalPosition.START)) {
            for (long seq = 1; seq <= 10; seq++) {
                journal.tryAppend(event(1, seq, 512), payload(1, seq, 512));
            }
            eighthPosition = journal.held().positionOf(8);
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[Layout.RING_OFFSET + (int) eighthPosition + 200] ^= 1;
        Files.write(file, bytes);
        try (Journal journal = Journal.open(file)) {
            assertThat(journal.lastSeq()).isEqualTo(7);
            assertThat(journal.recovery().cutReason())
                    .isEqualTo("entry 8: the checksum of its payload is wrong");
            // All three that can no longer be had.
            assertThat(journal.recovery().cutBytes()).isBetween(3 * 600L, 3 * 640L);
            journal.settleLoss();
            journal.tryAppend(event(2, 8, 512), payload(2, 8, 512));
            assertThat(journal.held().positionOf(8)).isEqualTo(eighthPosition);
        }
        try (Journal journal = Journal.open(file)) {
            // The old 9 is whole and follows the new 8, seq and position and all.
            assertThat(journal.lastSeq()).isEqualTo(8);
            assertThat(journal.read(8).payload()).isEqualTo(payload(2, 8, 512));
        }
    }

    @Example
    void shouldFallBackToTheStableTailWhenTheNewerSlotIsTorn() throws IOException {
        Path file = directory.path("journal");
        byte[] bytes;
        try (Journal journal =
                Journal.create(file, TestEvents.VVOL, 4 * CAPACITY_BYTES, JournalPosition.START)) {
            for (long seq = 1; seq <= 10; seq++) {
                journal.tryAppend(event(1, seq, 512), payload(1, seq, 512));
            }
            journal.release(3);
            journal.release(6);
            bytes = Files.readAllBytes(file);
        }
        int newestSlot = newerSlot(bytes);
        assertThat(firstSeqOf(bytes)).isEqualTo(7);
        for (int i = 0; i < Layout.SLOT_BYTES; i++) {
            bytes[newestSlot + i] ^= 1;
            // Entries released come back: known to every reader as duplicates, and not garbage.
            assertThat(firstSeqOf(bytes)).as("byte %d", i).isEqualTo(1);
            bytes[newestSlot + i] ^= 1;
        }
    }

    private long firstSeqOf(byte[] bytes) throws IOException {
        Path file = directory.path("copy");
        Files.write(file, bytes);
        try (Journal journal = Journal.open(file)) {
            assertThat(journal.lastSeq()).isEqualTo(10);
            return journal.firstSeq();
        }
    }

    private static int newerSlot(byte[] bytes) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int one = Layout.slotOffset(0);
        int other = Layout.slotOffset(1);
        return file.getLong(one + Layout.SLOT_GENERATION)
                        > file.getLong(other + Layout.SLOT_GENERATION)
                ? one
                : other;
    }

    @Example
    void shouldSayThatStableEntriesAreDamaged() throws IOException {
        Sample sample = sample(40);
        Path file = directory.path("damaged");
        Files.write(file, sample.bytes());
        Journal.open(file).close();
        byte[] bytes = Files.readAllBytes(file);
        bytes[sample.fileOffset(sample.lastSeq()) + 100] ^= 1;
        Files.write(file, bytes);
        try (Journal journal = Journal.open(file)) {
            assertThat(journal.recovery().cutReason())
                    .contains("entries up to %d were stable".formatted(sample.lastSeq()));
        }
    }

    /** A cut is filled up with zeroes: what was zero before is none the worse for it. */
    private static boolean isDamagedByCut(Sample sample, long seq, int length) {
        int end = sample.fileOffset(seq) + bytesWithoutPadding(seq);
        for (int at = Math.max(length, sample.fileOffset(seq)); at < end; at++) {
            if (sample.bytes()[at] != 0) {
                return true;
            }
        }
        return false;
    }

    private static int bytesWithoutPadding(long seq) {
        int payloadBytes = payloadBytes(seq);
        int noteBytes = event(SEED, seq, payloadBytes).note().length();
        return (int) Layout.noteOffset(payloadBytes) + noteBytes;
    }

    /** Payloads of the sample are multiples of 8, so only a note is padded, at the entry's end. */
    private static boolean isPadding(long seq, int offset) {
        return offset >= bytesWithoutPadding(seq);
    }

    private static int payloadBytes(long seq) {
        return TestEvents.payloadBytes(SEED, seq, MAX_PAYLOAD_BYTES);
    }

    private Sample sample(int entries) throws IOException {
        Path file = directory.path("sample");
        long[] positions = new long[entries + 1];
        try (Journal journal =
                Journal.create(file, TestEvents.VVOL, CAPACITY_BYTES, JournalPosition.START)) {
            for (long seq = 1; seq <= entries; seq++) {
                int bytes = payloadBytes(seq);
                while (!journal.tryAppend(event(SEED, seq, bytes), payload(SEED, seq, bytes))) {
                    journal.release(journal.firstSeq() + 4);
                }
                positions[(int) seq] = journal.held().positionOf(seq);
            }
            // Read while it is open, as a crash would leave it.
            return new Sample(
                    Files.readAllBytes(file), journal.firstSeq(), journal.lastSeq(), positions);
        } finally {
            JournalFiles.delete(file);
        }
    }

    private record Recovered(
            JournalException.@Nullable Kind error,
            long firstSeq,
            long lastSeq,
            JournalRecovery cut) {}

    private Recovered recover(Sample sample, byte[] bytes) throws IOException {
        Path file = directory.path("damaged");
        Files.write(file, bytes);
        try (Journal journal = Journal.open(file)) {
            for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
                LogEvent read = journal.read(seq);
                assertThat(read.header()).isEqualTo(event(SEED, seq, payloadBytes(seq)));
                assertThat(read.payload()).isEqualTo(payload(SEED, seq, payloadBytes(seq)));
            }
            // It goes on from there.
            if (journal.loss().isLoss()) {
                journal.settleLoss();
            }
            long next = journal.lastSeq() + 1;
            if (journal.usedBytes() < CAPACITY_BYTES / 2 && next - journal.firstSeq() < 8) {
                assertThat(journal.tryAppend(event(SEED, next, 8), payload(SEED, next, 8)))
                        .isTrue();
            }
            return new Recovered(null, journal.firstSeq(), next - 1, journal.recovery());
        } catch (JournalException e) {
            return new Recovered(
                    e.kind(), 0, sample.lastSeq(), new JournalRecovery(0, 0, 0, 0, ""));
        }
    }
}
