package dev.farshore.capture.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogEvent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * A host with one volume in {@code local} mode, through starts that end in a power cut, in the
 * death of the process only, or in order; and what its guest was told of.
 */
final class PowerCutHost {
    private static final int STARTS = 12;
    private static final int STEPS_MAX = 120;

    /** An event as the log would know it. */
    private record Name(int epoch, long seq) {}

    private record Content(EventKind kind, long salt, int payloadBytes) {}

    private enum End {
        POWER_CUT,
        KILLED,
        CLOSED
    }

    private final Path file;
    private final Random random;
    private final int payloadBytesMax;
    private final int releaseMax;

    /** All that ever had a name; it keeps it, whatever is lost. */
    private final Map<Name, Content> named = new HashMap<>();

    /** What the journal has to have at a seq, as far as it has one. */
    private final Map<Long, Name> current = new HashMap<>();

    private HostBoot boot = new HostBoot(UUID.randomUUID());
    private int epoch = 1;
    private long acknowledgedSeq;
    private long flushedSeq;
    private long releasedSeq;

    /** An acknowledged event is gone, and no new epoch has come since. */
    private boolean owesTelling;

    /** The power was cut, and no new epoch has come since. */
    private boolean mayBeTold;

    private int cuts;

    PowerCutHost(Path file, long seed) throws IOException {
        this.file = file;
        this.random = new Random(seed);
        this.payloadBytesMax = 8 << random.nextInt(8);
        this.releaseMax = 1 << random.nextInt(6);
        long capacityBytes = 4096L * (2 + random.nextInt(6));
        JournalFiles.create(file, TestEvents.VVOL, capacityBytes, JournalPosition.START);
    }

    /** Returns how often the power was cut. */
    int run() throws IOException {
        for (int start = 0; start < STARTS; start++) {
            live();
        }
        JournalFiles.delete(file);
        return cuts;
    }

    private void live() throws IOException {
        End end = End.values()[Math.max(0, random.nextInt(6) - 3)];
        PowerCutDisk disk = new PowerCutDisk(Files.readAllBytes(file), random);
        if (end == End.POWER_CUT && random.nextInt(3) == 0) {
            disk.cutAtForce(random.nextInt(12));
        }
        byte[] left = null;
        try (Journal journal = Journal.open(file, disk, boot)) {
            check(journal);
            for (int step = random.nextInt(STEPS_MAX); step > 0; step--) {
                step(journal);
                disk.writeBackSomePages(4);
            }
            if (end == End.KILLED) {
                left = disk.memory();
            } else if (end == End.POWER_CUT) {
                disk.cut();
            }
        } catch (PowerCutDisk.PowerCut e) {
            // In the middle of something: neither side has been told of it.
        }
        if (end == End.CLOSED) {
            flushedSeq = acknowledgedSeq;
        }
        if (end == End.POWER_CUT) {
            mayBeTold = true;
            left = disk.stable();
            cuts++;
        }
        if (left != null) {
            Files.write(file, left);
        }
        if (end == End.POWER_CUT || random.nextInt(4) == 0 && end == End.CLOSED) {
            boot = new HostBoot(UUID.randomUUID());
        }
    }

    private void check(Journal journal) throws IOException {
        assertThat(journal.lastSeq())
                .as("flushed writes are kept")
                .isGreaterThanOrEqualTo(flushedSeq);
        assertThat(journal.firstSeq())
                .as("what was not released is kept")
                .isLessThanOrEqualTo(releasedSeq + 1);
        for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
            Name name = current.get(seq);
            assertThat(name).as("event %d was appended", seq).isNotNull();
            LogEvent expected = event(name, named.get(name));
            LogEvent read = journal.read(seq);
            assertThat(read.header()).isEqualTo(expected.header());
            assertThat(read.payload()).as("payload of %d", seq).isEqualTo(expected.payload());
        }
        owesTelling |= journal.lastSeq() < acknowledgedSeq;
        JournalLoss loss = journal.loss();
        if (owesTelling) {
            assertThat(loss.isLoss()).as("the lost tail is told").isTrue();
            assertThat(loss.afterSeq()).isLessThanOrEqualTo(journal.lastSeq());
        }
        if (!mayBeTold) {
            assertThat(loss).as("nothing is told without a power cut").isEqualTo(JournalLoss.NONE);
        }
        assertThat(loss.kind()).isNotEqualTo(JournalLoss.Kind.FLUSHED);
        // Opening has made it stable.
        acknowledgedSeq = journal.lastSeq();
        flushedSeq = journal.lastSeq();
        releasedSeq = journal.firstSeq() - 1;
        current.keySet().removeIf(seq -> seq > journal.lastSeq());
        if (loss.isLoss() && random.nextInt(4) > 0) {
            goOnInANewEpoch(journal);
        }
    }

    private void goOnInANewEpoch(Journal journal) throws IOException {
        long seq = journal.lastSeq() + 1;
        Name change = new Name(epoch, seq);
        LogEvent refused = event(change, new Content(EventKind.FLUSH, 0, 0));
        assertThatThrownBy(() -> journal.tryAppend(refused.header(), refused.payload()))
                .isInstanceOf(IllegalStateException.class);
        epoch++;
        if (append(journal, EventKind.EPOCH_OPENED, 0)) {
            journal.settleLoss();
            owesTelling = false;
            mayBeTold = false;
        } else {
            releasedSeq = journal.lastSeq(); // it may be cut short, and count all the same
            journal.release(releasedSeq);
        }
    }

    private void step(Journal journal) throws IOException {
        if (journal.loss().isLoss()) {
            goOnInANewEpoch(journal);
            return;
        }
        switch (random.nextInt(8)) {
            case 0, 1, 2, 3, 4 -> {
                boolean isFlush = random.nextInt(4) == 0;
                append(
                        journal,
                        isFlush ? EventKind.FLUSH : EventKind.WRITE,
                        isFlush ? 0 : payloadBytesMax);
            }
            case 5, 6 -> {
                if (!journal.isEmpty()) {
                    long held = journal.lastSeq() - journal.firstSeq() + 1;
                    long upToSeq = journal.firstSeq() + random.nextLong(Math.min(held, releaseMax));
                    releasedSeq = upToSeq; // it may be cut short, and count all the same
                    journal.release(upToSeq);
                }
            }
            default -> {
                long seq = journal.lastSeq();
                journal.force();
                flushedSeq = seq;
            }
        }
    }

    private boolean append(Journal journal, EventKind kind, int payloadBytes) throws IOException {
        Name name = new Name(epoch, journal.lastSeq() + 1);
        Content content = new Content(kind, random.nextLong(), payloadBytes);
        LogEvent event = event(name, content);
        if (!journal.tryAppend(event.header(), event.payload())) {
            return false;
        }
        assertThat(named.put(name, content)).as("no event named %s before", name).isNull();
        current.put(name.seq(), name);
        acknowledgedSeq = name.seq();
        return true;
    }

    private static LogEvent event(Name name, Content content) {
        ByteBuffer payload = TestEvents.payload(content.salt(), name.seq(), content.payloadBytes());
        CRC32C crc = new CRC32C();
        crc.update(payload.duplicate());
        return new LogEvent(
                new EventHeader(
                        TestEvents.VVOL,
                        name.epoch(),
                        name.seq(),
                        name.seq() * 3,
                        content.kind(),
                        0,
                        content.payloadBytes(),
                        name.seq() * 1000,
                        content.salt(),
                        content.payloadBytes() == 0 ? 0 : (int) crc.getValue(),
                        ""),
                payload);
    }
}
