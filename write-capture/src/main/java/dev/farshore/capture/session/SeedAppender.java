package dev.farshore.capture.session;

import dev.farshore.capture.change.ChangeQueue;
import dev.farshore.capture.journal.Journal;
import dev.farshore.capture.publish.Lane;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.seed.SeedRefusedException;
import dev.farshore.capture.seed.SeedTarget;
import dev.farshore.capture.seed.TouchedRanges;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A session's volume as its seed writes it. A seed takes its turn behind the guest: it appends
 * nothing while a change waits, and uses no more than a quarter of the journal.
 */
public final class SeedAppender implements SeedTarget {
    private static final int SHARE_OF_JOURNAL = 4;

    private final Journal journal;
    private final ChangeQueue changes;
    private final VolumeReads reads;
    private final Lane lane;
    private final Supplier<Optional<LocalImage>> image;

    /** Null while no seed is under way. Guarded by the lock of the changes. */
    private @Nullable TouchedRanges touched;

    SeedAppender(
            Journal journal,
            ChangeQueue changes,
            VolumeReads reads,
            Lane lane,
            Supplier<Optional<LocalImage>> image) {
        this.journal = journal;
        this.changes = changes;
        this.reads = reads;
        this.lane = lane;
        this.image = image;
    }

    @Override
    public long start(String note, boolean isImport, TouchedRanges ranges) throws IOException {
        long startedSeq =
                changes.exclusively(
                        log -> {
                            if (isImport && log.totalBytes() > 0) {
                                throw new SeedRefusedException(
                                        "volume %s has data already; import into a new one"
                                                .formatted(journal.vvol()));
                            }
                            long seq = log.append(EventKind.SEED_STARTED, 0, log.sizeBytes(), note);
                            if (seq >= 0) {
                                touched = ranges;
                                log.touch(ranges);
                            }
                            return seq;
                        });
        if (startedSeq >= 0) {
            lane.wake();
        }
        return startedSeq;
    }

    /** Goes on with a seed whose start is in the log; nobody else appends anything meanwhile. */
    public void goOn(TouchedRanges ranges) throws IOException {
        changes.exclusively(
                log -> {
                    touched = ranges;
                    log.touch(ranges);
                    return 0;
                });
    }

    @Override
    public boolean append(long offset, ByteBuffer data) throws IOException {
        long end = offset + data.remaining();
        long appended =
                changes.exclusivelyIfIdle(
                        log -> {
                            TouchedRanges ranges = touched;
                            if (ranges == null) {
                                return -1;
                            }
                            long from = ranges.nextUntouched(offset, end);
                            while (from < end) {
                                long to = ranges.nextTouched(from, end);
                                ByteBuffer part =
                                        data.slice(
                                                data.position() + (int) (from - offset),
                                                (int) (to - from));
                                if (log.append(EventKind.WRITE, from, to - from, part, "") < 0) {
                                    return -1;
                                }
                                from = ranges.nextUntouched(to, end);
                            }
                            return 0;
                        });
        if (appended < 0) {
            return false;
        }
        lane.wake();
        return true;
    }

    @Override
    public boolean finish(String note) throws IOException {
        long finishedSeq =
                changes.exclusivelyIfIdle(
                        log -> {
                            long seq = log.append(EventKind.SEED_FINISHED, 0, 0, note);
                            if (seq >= 0) {
                                touched = null;
                                log.touch(null);
                            }
                            return seq;
                        });
        if (finishedSeq < 0) {
            return false;
        }
        lane.wake();
        return true;
    }

    @Override
    public boolean hasRoom() {
        return journal.usedBytes() < journal.capacityBytes() / SHARE_OF_JOURNAL;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        reads.read(
                offset,
                into,
                image.get().orElseThrow(() -> new IOException("the image is not here any more")));
    }

    @Override
    public long appliedSeq() {
        return image.get().map(at -> at.applied().seq()).orElse(0L);
    }
}
