package dev.farshore.capture.journal;

import static dev.farshore.capture.journal.TestEvents.event;
import static dev.farshore.capture.journal.TestEvents.payload;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Crashes of process and host, played: a model of the disk gets what is forced, and besides that
 * any sector at any time, as the kernel writes pages back when it likes. Then the disk is all that
 * is left.
 */
class JournalHostCrashTest {
    private static final int SECTOR_BYTES = 512;
    private static final int CRASHES = 6;
    private static final int STEPS_MAX = 200;

    private record Content(long life, int payloadBytes) {}

    @Property(tries = 400)
    void shouldKeepWhatWasForcedAndNothingThatWasCut(
            @ForAll @LongRange(min = 0, max = 1L << 40) long seed) throws IOException {
        try (TestDirectories directory = new TestDirectories()) {
            new Host(directory.path("journal"), new Random(seed)).run();
        }
    }

    private static final Content NEVER_APPENDED = new Content(-1, 0);

    private static final class Host {
        private final Path file;
        private final Random random;
        private final int maxPayloadBytes;

        /** Most entries released at once: when they are few, the ring is nearly full. */
        private final int releaseMax;

        /** Most sectors written back between two steps. */
        private final int writeBackMax;

        private final Map<Long, Content> appended = new HashMap<>();
        private byte[] disk;
        private MemorySegment memory = MemorySegment.NULL;
        private long forcedSeq;
        private long releasedSeq;
        private long life;

        Host(Path file, Random random) throws IOException {
            this.file = file;
            this.random = random;
            long capacityBytes = 4096L * (2 + random.nextInt(6));
            // Few sizes: then a new entry often has the size of one that was cut.
            this.maxPayloadBytes = 8 << random.nextInt(8);
            this.releaseMax = 1 << random.nextInt(6);
            this.writeBackMax = 1 + random.nextInt(6);
            Journal.create(file, TestEvents.VVOL, capacityBytes, JournalPosition.START).close();
            this.disk = Files.readAllBytes(file);
        }

        void run() throws IOException {
            for (int crash = 0; crash <= CRASHES; crash++) {
                int stepsMax = 1 + random.nextInt(STEPS_MAX);
                byte[] left;
                byte[] diskAtCrash;
                life++;
                try (Journal journal = Journal.open(file, this::force, HostBoot.UNKNOWN)) {
                    check(journal);
                    if (journal.loss().isLoss()) {
                        journal.settleLoss();
                    }
                    for (int step = random.nextInt(stepsMax); step > 0; step--) {
                        step(journal);
                        writeBackSomeSectors();
                    }
                    diskAtCrash = disk.clone();
                    if (random.nextBoolean()) {
                        // Only the process dies: the next one finds what is in memory, and the
                        // disk may get it or not.
                        left = memory.toArray(ValueLayout.JAVA_BYTE);
                        forcedSeq = journal.lastSeq();
                    } else {
                        left = diskAtCrash;
                    }
                }
                // What closing has forced came too late.
                disk = diskAtCrash;
                Files.write(file, left);
            }
        }

        private void step(Journal journal) throws IOException {
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3, 4 -> {
                    long seq = journal.lastSeq() + 1;
                    int bytes = random.nextInt(4) == 0 ? 0 : maxPayloadBytes;
                    if (journal.tryAppend(event(life, seq, bytes), payload(life, seq, bytes))) {
                        appended.put(seq, new Content(life, bytes));
                    }
                }
                case 5, 6 -> {
                    if (!journal.isEmpty()) {
                        long held = journal.lastSeq() - journal.firstSeq() + 1;
                        releasedSeq =
                                journal.firstSeq() + random.nextLong(Math.min(held, releaseMax));
                        journal.release(releasedSeq);
                    }
                }
                default -> {
                    journal.force();
                    forcedSeq = journal.lastSeq();
                }
            }
        }

        private void check(Journal journal) {
            assertThat(journal.lastSeq()).isGreaterThanOrEqualTo(forcedSeq);
            assertThat(journal.firstSeq()).isLessThanOrEqualTo(releasedSeq + 1);
            for (long seq = journal.firstSeq(); seq <= journal.lastSeq(); seq++) {
                Content content = appended.getOrDefault(seq, NEVER_APPENDED);
                assertThat(journal.read(seq).header())
                        .isEqualTo(event(content.life(), seq, content.payloadBytes()));
                assertThat(journal.read(seq).payload())
                        .isEqualTo(payload(content.life(), seq, content.payloadBytes()));
            }
            long lastSeq = journal.lastSeq();
            appended.keySet().removeIf(seq -> seq > lastSeq);
            // Opening has made it stable.
            forcedSeq = lastSeq;
            releasedSeq = journal.firstSeq() - 1;
        }

        private void force(MemorySegment memory, long from, long bytes) {
            this.memory = memory;
            long end = from + bytes;
            for (long at = from / SECTOR_BYTES * SECTOR_BYTES; at < end; at += SECTOR_BYTES) {
                writeBack(at);
            }
        }

        private void writeBackSomeSectors() {
            for (int count = random.nextInt(writeBackMax); count > 0; count--) {
                // As pages are, but any sector of a page may be missing.
                writeBack((long) random.nextInt(disk.length / SECTOR_BYTES) * SECTOR_BYTES);
            }
        }

        private void writeBack(long at) {
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, disk, (int) at, SECTOR_BYTES);
        }
    }
}
