package dev.farshore.apply.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.farshore.apply.LogWriter;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.zip.CRC32C;

@SuppressWarnings("NullAway.Init") // each test opens its image first
class ImageTest {
    private static final String VVOL = "disk0";
    private static final long SIZE = 1 << 20;
    private static final long WINDOW = 100;

    @TempDir Path directory;

    private final LogWriter log = new LogWriter(VVOL);
    private Image image;
    private long writesOffset;

    @AfterEach
    void close() throws IOException {
        if (image != null) {
            image.close();
        }
    }

    private void open() throws IOException {
        image = Image.open(directory, VVOL, 3, WINDOW);
    }

    private void apply(LogEvent event) throws IOException {
        var verdict = image.applied().cursor().judge(event.header());
        assertThat(verdict).isInstanceOf(Verdict.Next.class);
        image.apply(event, ((Verdict.Next) verdict).after(), writesOffset++);
    }

    /** What a crash leaves: files as they are, nothing hardened on the way out. */
    private void crashAndOpen() throws IOException {
        image.close();
        open();
    }

    private byte[] read(long offset, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        image.read(offset, into);
        return into.array();
    }

    @Test
    void shouldReadWhatWasWritten() throws IOException {
        open();
        apply(log.open(SIZE));
        LogEvent write = log.write(4096 + 512, 1536);
        apply(write);

        assertThat(read(4096 + 512, 1536)).isEqualTo(write.payload().array());
        assertThat(read(4096, 512)).containsOnly(0);
        assertThat(image.applied().seq()).isEqualTo(2);
        assertThat(image.sizeBytes()).isEqualTo(SIZE);
    }

    @Test
    void shouldReadZeroesBeyondTheEnd() throws IOException {
        open();
        apply(log.open(SIZE));
        assertThat(read(SIZE - 512, 4096)).containsOnly(0).hasSize(4096);
    }

    @Test
    void shouldBeAtItsHardenedPositionAfterACrash() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(0, 512));
        image.harden();
        apply(log.write(512, 512));

        crashAndOpen();

        assertThat(image.applied().seq()).isEqualTo(2);
        assertThat(image.applied().writesOffset()).isEqualTo(1);
        assertThat(image.applied().cursor().totalBytes()).isEqualTo(512);
        assertThat(image.applied()).isEqualTo(image.hardened());
    }

    @Test
    void shouldSayUntilWhichEventItMayBeMixed() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        apply(log.write(512, 512));
        crashAndOpen();

        assertThat(image.isConsistent()).isFalse();
        assertThat(image.consistentFromSeq()).isEqualTo(1 + WINDOW);

        LogWriter again = new LogWriter(VVOL);
        again.open(SIZE);
        for (int i = 0; i < WINDOW - 1; i++) {
            apply(again.write(0, 512));
        }
        assertThat(image.isConsistent()).isFalse();
        apply(again.write(0, 512));
        assertThat(image.isConsistent()).isTrue();
    }

    /** {@code PositionMatchesData}: also a second crash must not forget what the first left. */
    @Test
    void shouldStayMixedAcrossASecondCrash() throws IOException {
        open();
        apply(log.open(SIZE));
        for (int i = 0; i < 50; i++) {
            apply(log.write(0, 512));
        }
        image.harden();
        crashAndOpen();
        long mixedUntil = image.consistentFromSeq();
        image.harden();
        image.hardening().settle(image.hardening().beginSettling());
        crashAndOpen();
        assertThat(image.consistentFromSeq()).isEqualTo(mixedUntil);
    }

    @Test
    void shouldStayMixedWhenTheWindowIsMadeSmaller() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        apply(log.write(0, 512));
        image.close();

        image = Image.open(directory, VVOL, 3, 1);
        LogWriter again = new LogWriter(VVOL);
        again.open(SIZE);
        apply(again.write(0, 512));
        image.harden();
        crashAndOpen();
        assertThat(image.consistentFromSeq()).isEqualTo(1 + WINDOW);
    }

    @Test
    void shouldNotApplyBeyondWhatTheStableSuperblockAnnounces() throws IOException {
        open();
        apply(log.open(SIZE));
        for (int i = 0; i < 5 * WINDOW; i++) {
            apply(log.write(512L * i, 512));
            assertThat(stableSuperblock().mixedUntilSeq())
                    .isGreaterThanOrEqualTo(image.applied().seq());
        }
    }

    private Superblock stableSuperblock() throws IOException {
        // A copy, because the file is locked by the image.
        Path copy = directory.resolve("copy");
        Files.copy(
                Image.superblockPath(directory, VVOL), copy, StandardCopyOption.REPLACE_EXISTING);
        try (SuperblockFile file = SuperblockFile.open(copy)) {
            return Objects.requireNonNull(file.read());
        }
    }

    @Test
    void shouldBeConsistentAfterACrashOnceIdleAndSettled() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(0, 512));
        image.hardening().settle(image.hardening().beginSettling());
        crashAndOpen();
        assertThat(image.isConsistent()).isTrue();
        assertThat(image.applied().seq()).isEqualTo(2);

        apply(log.write(512, 512));
        crashAndOpen();
        assertThat(image.isConsistent()).isFalse();
    }

    /**
     * {@code PositionMatchesData}: the event's bytes may be on disk, so nothing may call it clean.
     */
    @Test
    void shouldNotSettleWhatWasAppliedAfterSettlingHadBegun() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        long settledSeq = image.hardening().beginSettling();
        apply(log.write(0, 512));
        image.hardening().settle(settledSeq);
        crashAndOpen();
        assertThat(image.isConsistent()).isFalse();
        assertThat(image.consistentFromSeq()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void shouldUseTheOlderSlotWhenTheNewerOneIsTorn() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        apply(log.write(0, 512));
        image.harden();
        long newest = stableSuperblock().generation();
        image.close();
        damageSlot(newest % 2);

        open();

        assertThat(image.applied().seq()).isEqualTo(1);
    }

    @Test
    void shouldRefuseAnImageWithBothSlotsDamaged() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        image.close();
        damageSlot(0);
        damageSlot(1);

        assertThatThrownBy(this::open)
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("both slots");
    }

    private void damageSlot(long slot) throws IOException {
        try (FileChannel channel =
                FileChannel.open(Image.superblockPath(directory, VVOL), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {42}), slot * Superblock.SLOT_BYTES + 70);
        }
    }

    @Test
    void shouldRefuseAnImageWithoutItsSuperblock() throws IOException {
        open();
        apply(log.open(SIZE));
        image.close();
        Files.delete(Image.superblockPath(directory, VVOL));

        assertThatThrownBy(this::open)
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("has no superblock");
    }

    @Test
    void shouldRefuseASuperblockWithoutItsImage() throws IOException {
        open();
        apply(log.open(SIZE));
        image.close();
        Files.delete(Image.dataPath(directory, VVOL));

        assertThatThrownBy(this::open)
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("has no image");
    }

    /** Longer again by a hole, it would read as zeroes that the volume never had. */
    @Test
    void shouldRefuseAnImageWhoseEndWasCutOff() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(SIZE - 512, 512));
        image.harden();
        image.close();
        cutData(SIZE - 512);

        assertThatThrownBy(this::open)
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("its end was cut off")
                .hasMessageContaining("has 1048064 bytes");
        assertThat(Files.size(Image.dataPath(directory, VVOL))).isEqualTo(SIZE - 512);
    }

    @Test
    void shouldOpenAnImageThatWasMadeSmallerJustBeforeACrash() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(0, 512));
        image.harden();
        apply(log.resize(SIZE / 2));

        crashAndOpen();

        assertThat(image.sizeBytes()).isEqualTo(SIZE / 2);
        assertThat(Files.size(Image.dataPath(directory, VVOL))).isEqualTo(SIZE / 2);
    }

    /** The crash came between the superblock and the cut. */
    @Test
    void shouldCutAnImageThatItsSuperblockSaysIsSmaller() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(SIZE - 512, 512));
        apply(log.resize(SIZE / 2));
        image.close();
        cutData(SIZE);
        open();
        apply(log.resize(SIZE));

        assertThat(read(SIZE - 512, 512)).containsOnly(0);
    }

    /** Earlier versions cut first. */
    @Test
    void shouldStillOpenAMixedImageThatAnEarlierVersionHasCut() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        image.close();
        makeSuperblocksOld();
        cutData(SIZE / 2);

        open();

        assertThat(image.applied().seq()).isEqualTo(1);
        assertThat(image.applied().captureMicros()).isZero();
    }

    private void cutData(long sizeBytes) throws IOException {
        try (RandomAccessFile data =
                new RandomAccessFile(Image.dataPath(directory, VVOL).toFile(), "rw")) {
            data.setLength(sizeBytes);
        }
    }

    /** As if written before there were revisions of it. */
    private void makeSuperblocksOld() throws IOException {
        Path path = Image.superblockPath(directory, VVOL);
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path));
        for (int slot = 0; slot < file.limit(); slot += Superblock.SLOT_BYTES) {
            int at = slot + 80;
            at += Short.BYTES + file.getShort(at); // owner
            at += Short.BYTES + file.getShort(at); // vvol
            at += 3 * Long.BYTES + 1; // seed
            file.put(at, (byte) 0).putLong(at + 1, 0);
            CRC32C crc = new CRC32C();
            crc.update(file.slice(slot, Superblock.SLOT_BYTES - Integer.BYTES));
            file.putInt(slot + Superblock.SLOT_BYTES - Integer.BYTES, (int) crc.getValue());
        }
        Files.write(path, file.array());
    }

    /** The image may be on a disk of its own. */
    @Test
    void shouldBeginAnewWhereItsLinkLeads() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("other-disk")).resolve("it.raw");
        Files.createSymbolicLink(Image.dataPath(directory, VVOL), elsewhere);
        open();
        apply(log.open(SIZE));
        apply(log.write(4096, 512));
        image.close();

        LogEvent started = log.seedStarted(1, SIZE / 2);
        image = Image.beginAt(directory, 3, WINDOW, started.header(), 7);
        apply(log.write(512, 512));

        assertThat(Files.readSymbolicLink(Image.dataPath(directory, VVOL))).isEqualTo(elsewhere);
        assertThat(Files.size(elsewhere)).isEqualTo(SIZE / 2);
        assertThat(read(4096, 512)).as("of the image before").containsOnly(0);
        assertThat(image.applied().captureMicros()).isPositive();
    }

    @Test
    void shouldRefuseAnImageOfAnotherPartition() throws IOException {
        open();
        image.close();
        assertThatThrownBy(() -> Image.open(directory, VVOL, 4, WINDOW))
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("partition 3");
    }

    @Test
    void shouldRefuseToOpenAnImageTwice() throws IOException {
        open();
        assertThatThrownBy(() -> Image.open(directory, VVOL, 3, WINDOW))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", ".hidden", "a/b", "-rf", "a b", "ä", "nul\0"})
    void shouldRefuseANameThatIsNoSafeFileName(String name) {
        assertThatThrownBy(() -> Image.open(directory, name, 0, WINDOW))
                .isInstanceOf(ImageCorruptException.class);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldRefuseADamagedPayload() throws IOException {
        open();
        apply(log.open(SIZE));
        LogEvent event = log.write(0, 4096);
        event.payload().put(77, (byte) 1);

        assertThatThrownBy(() -> apply(event))
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("CRC-32C");
        assertThat(image.applied().seq()).isEqualTo(1);
        assertThat(read(0, 4096)).containsOnly(0);
    }

    @Test
    void shouldRefuseAWriteOutsideTheVolume() throws IOException {
        open();
        apply(log.open(SIZE));
        assertThatThrownBy(() -> apply(log.write(SIZE - 512, 1024)))
                .isInstanceOf(ImageCorruptException.class)
                .hasMessageContaining("outside");
        assertThat(Files.size(Image.dataPath(directory, VVOL))).isEqualTo(SIZE);
    }

    @Test
    void shouldMakeTrimmedAndZeroedRangesReadAsZeroes() throws IOException {
        open();
        apply(log.open(SIZE));
        apply(log.write(0, 65536));
        apply(log.trim(512, 1024));
        apply(log.zero(8192, 4096));

        assertThat(read(512, 1024)).containsOnly(0);
        assertThat(read(8192, 4096)).containsOnly(0);
        assertThat(read(0, 8)).isNotEqualTo(new byte[8]);
        assertThat(read(1536, 8)).isNotEqualTo(new byte[8]);
    }

    @Test
    void shouldStaySparse() throws IOException {
        open();
        long huge = 32L << 30;
        apply(log.open(huge));
        apply(log.write(huge - 4096, 4096));
        apply(log.zero(0, huge - 4096));
        image.harden();
        assertThat(allocatedBytes()).isLessThan(1 << 20);
    }

    @Test
    void shouldGiveTrimmedBlocksBack() throws IOException {
        assumeThat(canPunchHoles()).as("file system can punch holes").isTrue();
        open();
        apply(log.open(16 << 20));
        for (int i = 0; i < 32; i++) {
            apply(log.write(i * 262144L, 262144));
        }
        image.harden();
        assertThat(allocatedBytes()).isGreaterThanOrEqualTo(8 << 20);
        apply(log.trim(0, 16 << 20));
        image.harden();
        assertThat(allocatedBytes()).isLessThan(1 << 20);
        assertThat(image.sizeBytes()).isEqualTo(16 << 20);
    }

    private boolean canPunchHoles() throws IOException {
        Path probe = directory.resolve("probe");
        Files.write(probe, new byte[65536]);
        try (HolePuncher puncher = HolePuncher.open(probe)) {
            return puncher.punch(0, 4096);
        }
    }

    private long allocatedBytes() throws IOException {
        // st_blocks is in units of 512, whatever the file system's own are.
        var process =
                new ProcessBuilder("stat", "-c", "%b", Image.dataPath(directory, VVOL).toString())
                        .start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes()).strip()) * 512;
    }

    @Test
    void shouldFollowTheVolumesSize() throws IOException {
        open();
        apply(log.open(SIZE));
        image.harden();
        apply(log.resize(2 * SIZE));
        apply(log.write(2 * SIZE - 512, 512));
        assertThat(Files.size(Image.dataPath(directory, VVOL))).isEqualTo(2 * SIZE);

        // Not hardened: the crash takes it back, and the log brings it again.
        crashAndOpen();
        assertThat(Files.size(Image.dataPath(directory, VVOL))).isEqualTo(SIZE);
        assertThat(image.sizeBytes()).isEqualTo(SIZE);
    }

    @Test
    void shouldBeReadableAfterAReaderWasInterrupted() throws Exception {
        open();
        apply(log.open(SIZE));
        LogEvent write = log.write(0, 512);
        apply(write);
        Thread reader =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    Thread.currentThread().interrupt();
                                    assertThatThrownBy(() -> read(0, 512))
                                            .isInstanceOf(ClosedByInterruptException.class);
                                });
        reader.join();

        assertThat(read(0, 512)).isEqualTo(write.payload().array());
        apply(log.write(512, 512));
        image.harden();
    }

    @Test
    void shouldEndInTheSameBytesWhenEventsAreAppliedAgain() throws IOException {
        open();
        LogEvent[] events = {
            log.open(SIZE),
            log.write(0, 8192),
            log.trim(4096, 4096),
            log.write(4096, 512),
            log.resize(2 * SIZE),
            log.write(SIZE, 512),
            log.write(6144, 512),
        };
        for (LogEvent event : events) {
            apply(event);
        }
        byte[] expected = read(0, 16384);

        // Nothing since the opening is hardened: all of it comes again.
        crashAndOpen();
        assertThat(image.applied().seq()).isZero();
        for (LogEvent event : events) {
            apply(event);
        }
        assertThat(read(0, 16384)).isEqualTo(expected);
    }

    @Test
    void shouldZeroWithoutHolesToo() throws IOException {
        Path path = directory.resolve("plain");
        Files.write(path, new byte[0]);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        }
        try (RawFile raw = RawFile.open(path)) {
            raw.writeZeroes(2, 4);
        }
        assertThat(Files.readAllBytes(path)).containsExactly(1, 2, 0, 0, 0, 0, 7, 8);
    }
}
