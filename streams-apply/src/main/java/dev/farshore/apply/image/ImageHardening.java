package dev.farshore.apply.image;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What of an image is on stable storage, and the superblock that says so.
 *
 * <p>Invariant {@code PositionMatchesData}: the data is stable before the superblock that speaks of
 * it is written; and the image holds no event that the stable superblock does not announce by its
 * {@code mixedUntilSeq}.
 *
 * <p>Threading: any thread, but where a method says otherwise.
 */
public final class ImageHardening {
    private final String vvol;
    private final int partition;
    private final long windowEvents;
    private final RawFile data;
    private final SuperblockFile superblocks;
    private final AppliedPosition applied;

    /** Guards the superblock file, generation and the writes to the fields below. */
    private final ReentrantLock lock = new ReentrantLock();

    private long generation;
    private volatile ImagePosition hardened;
    private volatile long mixedUntilSeq;

    /**
     * @param windowEvents how many events may be applied before the superblock must be written
     */
    ImageHardening(ImageFiles files, AppliedPosition applied, long windowEvents) {
        Superblock superblock = files.superblock();
        this.vvol = superblock.vvol();
        this.partition = superblock.partition();
        this.windowEvents = windowEvents;
        this.data = files.data();
        this.superblocks = files.superblocks();
        this.applied = applied;
        this.generation = superblock.generation();
        this.hardened = superblock.hardened();
        this.mixedUntilSeq = superblock.mixedUntilSeq();
    }

    ImagePosition hardened() {
        return hardened;
    }

    /** Up to which seq a crash now could leave the image mixed. */
    long mixedUntilSeq() {
        return mixedUntilSeq;
    }

    /** Makes everything applied before the call stable, and says so in the superblock. */
    void harden() throws IOException {
        lock.lock();
        try {
            ImagePosition reached = applied.get();
            if (reached.seq() > hardened.seq()) {
                data.force();
                writeSuperblock(reached, reached.seq() + windowEvents);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hardens the position after an event that makes the volume smaller, before the data is cut: so
     * data that is shorter than its superblock says was cut by somebody else. After a crash
     * between, opening cuts it.
     */
    void announceCut(ImagePosition afterCut) throws IOException {
        lock.lock();
        try {
            data.force();
            writeSuperblock(afterCut, afterCut.seq() + windowEvents);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Allows another window of events, hardening what is there. While nothing is applied. {@link
     * Image#apply} does it where it was not done in time.
     */
    public void announce() throws IOException {
        lock.lock();
        try {
            ImagePosition reached = applied.get();
            harden(reached, reached.seq() + windowEvents);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the announcement back, in memory: the next event announces again, and waits for a
     * {@link #settle} that is under way. On the applying thread, so no event is half applied.
     *
     * @return for {@link #settle}
     */
    public long beginSettling() {
        lock.lock();
        try {
            mixedUntilSeq = Math.max(applied.get().seq(), applied.consistentFromSeq());
            return mixedUntilSeq;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hardens, and says on stable storage that the announcement is taken back, so that a crash from
     * now on leaves a consistent image. For a volume that has become idle.
     *
     * <p>{@code PositionMatchesData}: since {@link #beginSettling} an event can have been applied
     * only after {@link #announce}, which holds the same lock and raises {@code mixedUntilSeq};
     * then nothing is taken back.
     */
    public void settle(long settledSeq) throws IOException {
        lock.lock();
        try {
            if (mixedUntilSeq == settledSeq) {
                harden(applied.get(), settledSeq);
            }
        } finally {
            lock.unlock();
        }
    }

    private void harden(ImagePosition reached, long newMixedUntilSeq) throws IOException {
        if (reached.seq() > hardened.seq()) {
            data.force();
        }
        writeSuperblock(reached, newMixedUntilSeq);
    }

    /** The data is stable up to {@code position}, or the image is new. */
    void writeSuperblock(ImagePosition position, long newMixedUntilSeq) throws IOException {
        Superblock next = nextSuperblock(position, newMixedUntilSeq);
        superblocks.write(next);
        superblocks.force();
        becomeStable(next);
    }

    private Superblock nextSuperblock(ImagePosition position, long newMixedUntilSeq) {
        // What a crash before this opening left mixed stays mixed until it is applied again.
        long announcedSeq =
                Math.max(
                        newMixedUntilSeq, applied.isConsistent() ? 0 : applied.consistentFromSeq());
        return new Superblock(generation + 1, vvol, partition, position, announcedSeq);
    }

    private void becomeStable(Superblock superblock) {
        generation = superblock.generation();
        hardened = superblock.hardened();
        mixedUntilSeq = superblock.mixedUntilSeq();
    }

    /** This image's part in hardening several; it holds the image's lock until closed. */
    final class Share implements AutoCloseable {
        private final ImagePosition reached = applied.get();
        private @Nullable Superblock written;

        /** The data up to the position taken at the beginning is stable. */
        void writeSuperblock() throws IOException {
            if (reached.seq() > hardened.seq()) {
                Superblock next = nextSuperblock(reached, reached.seq() + windowEvents);
                superblocks.write(next);
                written = next;
            }
        }

        /** The superblock is stable. */
        void finish() {
            if (written != null) {
                becomeStable(written);
            }
        }

        @Override
        public void close() {
            lock.unlock();
        }
    }

    /** For {@link ImageGroup}. By the thread that closes it. */
    Share beginShare() {
        lock.lock();
        return new Share();
    }

    /** Closes the files as they are, hardening nothing. Idempotent. */
    void close() throws IOException {
        lock.lock();
        try (superblocks) {
            data.close();
        } finally {
            lock.unlock();
        }
    }
}
