package dev.farshore.capture.volume;

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
final class SeedLog implements SeedTarget {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int SHARE_OF_JOURNAL = 4;

    private final String vvol;
    private final WriteSession session;
    private final ChangeLog log;
    private final Journal journal;
    private final Lane lane;
    private final Supplier<Optional<LocalImage>> image;

    /** Null while no seed is under way. Guarded by the log's lock. */
    private @Nullable TouchedRanges touched;

    SeedLog(
            String vvol,
            WriteSession session,
            ChangeLog log,
            Journal journal,
            Lane lane,
            Supplier<Optional<LocalImage>> image) {
        this.vvol = vvol;
        this.session = session;
        this.log = log;
        this.journal = journal;
        this.lane = lane;
        this.image = image;
    }

    @Override
    public long start(String note, boolean isImport, TouchedRanges ranges) throws IOException {
        log.lock().lock();
        try {
            if (isImport && log.totalBytes() > 0) {
                throw new SeedRefusedException(
                        "volume %s has data already; import into a new one".formatted(vvol));
            }
            long seq = log.appendEvent(EventKind.SEED_STARTED, 0, log.sizeBytes(), NOTHING, note);
            if (seq >= 0) {
                touch(ranges);
                lane.wake();
            }
            return seq;
        } finally {
            log.lock().unlock();
        }
    }

    /** Goes on with a seed whose start is in the log; nothing is appended by others meanwhile. */
    void goOn(TouchedRanges ranges) {
        log.lock().lock();
        try {
            touch(ranges);
        } finally {
            log.lock().unlock();
        }
    }

    private void touch(@Nullable TouchedRanges ranges) {
        touched = ranges;
        log.touch(ranges);
    }

    @Override
    public boolean append(long offset, ByteBuffer data) throws IOException {
        long end = offset + data.remaining();
        log.lock().lock();
        try {
            TouchedRanges ranges = touched;
            if (ranges == null || !log.isTaking()) {
                return false;
            }
            long from = ranges.nextUntouched(offset, end);
            while (from < end) {
                long to = ranges.nextTouched(from, end);
                ByteBuffer part =
                        data.slice(data.position() + (int) (from - offset), (int) (to - from));
                if (log.appendEvent(EventKind.WRITE, from, to - from, part, "") < 0) {
                    return false;
                }
                from = ranges.nextUntouched(to, end);
            }
        } finally {
            log.lock().unlock();
        }
        lane.wake();
        return true;
    }

    @Override
    public boolean finish(String note) throws IOException {
        log.lock().lock();
        try {
            if (!log.isTaking()
                    || log.appendEvent(EventKind.SEED_FINISHED, 0, 0, NOTHING, note) < 0) {
                return false;
            }
            touch(null);
        } finally {
            log.lock().unlock();
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
        session.read(
                offset,
                into,
                image.get().orElseThrow(() -> new IOException("the image is not here any more")));
    }

    @Override
    public long appliedSeq() {
        return image.get().map(at -> at.applied().seq()).orElse(0L);
    }
}
