package dev.farshore.apply.image;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One volume's copy at this site: {@code <vvol>.img}, a sparse raw file or a link to one or to a
 * block device, and {@code <vvol>.sb}, its superblock.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code LogIsTheTruth}: it changes only by {@link #apply}, in seq order.
 *   <li>{@code PositionMatchesData}: the data is on stable storage before the superblock that
 *       speaks of it; and nothing is written that the stable superblock does not announce by its
 *       {@code mixedUntilSeq}. After a crash the image is opened at the hardened position and what
 *       followed is applied again, in order, which ends in the same bytes.
 * </ul>
 *
 * <p>Threading: one thread applies; any thread reads, asks for positions and hardens.
 *
 * <p>After an {@link IOException} of {@link #apply} or {@link #harden} the file may hold less than
 * the page cache told: close the image, and open it again at its hardened position.
 */
public final class Image implements AutoCloseable {
    private final String vvol;
    private final int partition;
    private final long windowEvents;
    private final RawFile data;
    private final SuperblockFile superblocks;
    private final Path folder;
    private final OptionalLong fileSystem;
    private final String disk;
    private final EventCheck check = new EventCheck();

    /** Guards the superblock file, generation and the writes to the fields about stable state. */
    private final ReentrantLock hardening = new ReentrantLock();

    private long generation;
    private volatile ImagePosition hardened;
    private volatile long mixedUntilSeq;

    private final RecentChanges changes;
    private volatile ImagePosition applied;
    private volatile long consistentFromSeq;

    private Image(ImageFiles files, long windowEvents) throws IOException {
        Superblock superblock = files.superblock();
        this.vvol = superblock.vvol();
        this.partition = superblock.partition();
        this.windowEvents = windowEvents;
        this.data = files.data();
        this.superblocks = files.superblocks();
        this.folder = files.directory();
        this.fileSystem = files.fileSystem();
        this.disk = files.disk();
        this.generation = superblock.generation();
        this.hardened = superblock.hardened();
        this.mixedUntilSeq = superblock.mixedUntilSeq();
        this.consistentFromSeq = superblock.mixedUntilSeq();
        this.applied = superblock.hardened();
        this.changes = new RecentChanges(superblock.hardened().seq());
    }

    /** Whether there is an image, or part of one, of that name. */
    public static boolean exists(Path directory, String vvol) {
        return ImageFiles.exist(directory, vvol);
    }

    /** Where the volume's bytes are: a raw image that any tool can read. */
    public static Path dataPath(Path directory, String vvol) {
        return ImageFiles.dataPath(directory, vvol);
    }

    /** Where its superblock is. */
    public static Path superblockPath(Path directory, String vvol) {
        return ImageFiles.superblockPath(directory, vvol);
    }

    /**
     * Opens an image at its hardened position, or creates it empty.
     *
     * @param partition of {@code farshore.writes} the volume is in
     * @param windowEvents how many events may be applied before the superblock must be written
     * @throws ImageCorruptException if the files can't be trusted; they are left as they are
     */
    public static Image open(Path directory, String vvol, int partition, long windowEvents)
            throws IOException {
        ImageFiles files = ImageFiles.open(directory, vvol, partition);
        try {
            Image image = new Image(files, windowEvents);
            if (files.superblock().generation() == 0) {
                // Names are stable before anything can be in them.
                image.data.force();
                image.writeSuperblock(ImagePosition.START, 0);
                files.forceNames();
            }
            return image;
        } catch (IOException e) {
            files.close();
            throw e;
        }
    }

    /**
     * Begins a volume's image anew at a {@code SEED_STARTED}: empty. What was there, which nobody
     * has open, is thrown away.
     *
     * <p>{@code PositionMatchesData}: the old superblock goes first, for good, and the new one
     * comes last. A crash between leaves an image without a superblock, which is not opened, or
     * nothing.
     *
     * @param writesOffset of {@code started}
     */
    public static Image beginAt(
            Path directory,
            int partition,
            long windowEvents,
            EventHeader started,
            long writesOffset)
            throws IOException {
        ImagePosition begin =
                new ImagePosition(
                        LogCursor.beginningAt(started),
                        writesOffset,
                        EventCheck.requireSize(started),
                        SeedMark.base(started, writesOffset),
                        started.captureMicros());
        ImageFiles files =
                ImageFiles.replace(
                        directory,
                        new Superblock(0, started.vvol(), partition, begin, begin.seq()));
        try {
            Image image = new Image(files, windowEvents);
            image.writeSuperblock(begin, begin.seq());
            files.forceNames();
            return image;
        } catch (IOException e) {
            files.close();
            throw e;
        }
    }

    public String vvol() {
        return vvol;
    }

    /** Its raw file. */
    public Path path() {
        return data.path();
    }

    /** Size by the newest event applied. */
    public long sizeBytes() {
        return applied.sizeBytes();
    }

    /** Where the image stands; every event up to it is visible to {@link #read}. */
    public ImagePosition applied() {
        return applied;
    }

    /** Newest position that is on stable storage with the superblock that says so. */
    public ImagePosition hardened() {
        return hardened;
    }

    /** Up to which seq a crash now could leave the image mixed. */
    public long mixedUntilSeq() {
        return mixedUntilSeq;
    }

    /**
     * Whether the image is a state the volume had: false from a crash until as much was applied
     * again as may have been in the image, or until {@link #declareConsistent}.
     */
    public boolean isConsistent() {
        return applied.seq() >= consistentFromSeq;
    }

    /**
     * The seq at which {@link #isConsistent} becomes true by itself; at most {@code mixedUntilSeq}
     * of the superblock the image was opened with.
     */
    public long consistentFromSeq() {
        return consistentFromSeq;
    }

    /**
     * Says that all of the log that existed when the image was opened has been applied: it was
     * never ahead of the log, so nothing of a later event can be in it. On the applying thread.
     */
    public void declareConsistent() {
        consistentFromSeq = 0;
    }

    /**
     * Applies the next event of the volume. Blocks for stable storage only when the announced
     * window is used up.
     *
     * @param after the cursor that {@link LogCursor#judge} gave for the event
     * @param writesOffset of the event
     * @throws ImageCorruptException if the event can't be what was written
     */
    public void apply(LogEvent event, LogCursor after, long writesOffset) throws IOException {
        EventHeader header = event.header();
        if (header.seq() > mixedUntilSeq) {
            announce();
        }
        long sizeBytes = applied.sizeBytes();
        switch (header.kind()) {
            case WRITE -> write(header, event.payload());
            case ZERO, TRIM -> {
                check.requireInside(header, sizeBytes);
                changes.begin(header.seq(), header.offset(), header.length());
                data.zero(header.offset(), header.length());
            }
            case EPOCH_OPENED, RESIZE -> {
                long oldSizeBytes = sizeBytes;
                sizeBytes = EventCheck.requireSize(header);
                changes.begin(header.seq(), sizeBytes, Math.max(0, oldSizeBytes - sizeBytes));
                if (sizeBytes < oldSizeBytes) {
                    announceCut(position(event, after, writesOffset, sizeBytes));
                }
                data.resize(sizeBytes);
            }
            case FLUSH, BOOKMARK, EPOCH_SEALED, SEED_STARTED, SEED_FINISHED -> {
                // They change the position only.
                changes.begin(header.seq(), 0, 0);
            }
            case UNKNOWN ->
                    throw new ImageCorruptException(
                            "event %d is of a kind this version does not know"
                                    .formatted(header.seq()));
        }
        applied = position(event, after, writesOffset, sizeBytes);
    }

    private ImagePosition position(
            LogEvent event, LogCursor after, long writesOffset, long sizeBytes) {
        EventHeader header = event.header();
        SeedMark seed = applied.seed().after(header, writesOffset);
        return new ImagePosition(after, writesOffset, sizeBytes, seed, header.captureMicros());
    }

    private void write(EventHeader header, ByteBuffer payload) throws IOException {
        check.requireInside(header, applied.sizeBytes());
        check.requirePayload(header, payload);
        changes.begin(header.seq(), header.offset(), header.length());
        // A duplicate: the event's buffer belongs to the record.
        data.write(header.offset(), payload.duplicate());
    }

    /** Fills {@code into}; never-written ranges and those beyond the end read as zeroes. */
    public void read(long offset, ByteBuffer into) throws IOException {
        data.read(offset, into);
    }

    /**
     * First byte from {@code from} on that may be data; {@code end} if all before that is a hole,
     * which reads as zeroes. As {@link #read} it is of the moment.
     */
    public long nextData(long from, long end) throws IOException {
        return data.nextData(from, end);
    }

    /** First byte from {@code from} on that is of a hole; {@code end} if all before may be data. */
    public long nextHole(long from, long end) throws IOException {
        return data.nextHole(from, end);
    }

    /**
     * Whether what was {@link #read} of a range, since the image was asked where it stands and
     * answered {@code appliedSeq}, is the range after that very event: no later one has begun to
     * change it. False also if that is not known any more: then ask and read again.
     */
    public boolean isUntouchedSince(long appliedSeq, long offset, long length) {
        return changes.isUntouchedSince(appliedSeq, offset, length);
    }

    /** Makes everything applied before the call stable, and says so in the superblock. */
    public void harden() throws IOException {
        hardening.lock();
        try {
            ImagePosition reached = applied;
            if (reached.seq() > hardened.seq()) {
                data.force();
                writeSuperblock(reached, reached.seq() + windowEvents);
            }
        } finally {
            hardening.unlock();
        }
    }

    /**
     * Hardens the position after an event that makes the volume smaller, before the data is cut: so
     * data that is shorter than its superblock says was cut by somebody else. After a crash
     * between, opening cuts it.
     */
    private void announceCut(ImagePosition afterCut) throws IOException {
        hardening.lock();
        try {
            data.force();
            writeSuperblock(afterCut, afterCut.seq() + windowEvents);
        } finally {
            hardening.unlock();
        }
    }

    /**
     * Allows another window of events, hardening what is there. While nothing is applied. {@link
     * #apply} does it where it was not done in time.
     */
    public void announce() throws IOException {
        hardening.lock();
        try {
            ImagePosition reached = applied;
            if (reached.seq() > hardened.seq()) {
                data.force();
            }
            writeSuperblock(reached, reached.seq() + windowEvents);
        } finally {
            hardening.unlock();
        }
    }

    /**
     * Takes the announcement back, in memory: the next event announces again, and waits for a
     * {@link #settle} that is under way. On the applying thread, so no event is half applied.
     *
     * @return for {@link #settle}
     */
    public long beginSettling() {
        hardening.lock();
        try {
            mixedUntilSeq = Math.max(applied.seq(), consistentFromSeq);
            return mixedUntilSeq;
        } finally {
            hardening.unlock();
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
        hardening.lock();
        try {
            if (mixedUntilSeq != settledSeq) {
                return;
            }
            ImagePosition reached = applied;
            if (reached.seq() > hardened.seq()) {
                data.force();
            }
            writeSuperblock(reached, settledSeq);
        } finally {
            hardening.unlock();
        }
    }

    private void writeSuperblock(ImagePosition position, long newMixedUntilSeq) throws IOException {
        Superblock next = nextSuperblock(position, newMixedUntilSeq);
        superblocks.write(next);
        superblocks.force();
        isStable(next);
    }

    private Superblock nextSuperblock(ImagePosition position, long newMixedUntilSeq) {
        // What a crash before this opening left mixed stays mixed until it is applied again.
        long announcedSeq = Math.max(newMixedUntilSeq, isConsistent() ? 0 : consistentFromSeq);
        return new Superblock(generation + 1, vvol, partition, position, announcedSeq);
    }

    private void isStable(Superblock superblock) {
        generation = superblock.generation();
        hardened = superblock.hardened();
        mixedUntilSeq = superblock.mixedUntilSeq();
    }

    /** This image's part in hardening several; it holds the image's lock until closed. */
    final class Hardening implements AutoCloseable {
        private final ImagePosition reached = applied;
        private @Nullable Superblock written;

        /** The data up to the position taken at the beginning is stable. */
        void writeSuperblock() throws IOException {
            if (reached.seq() > hardened.seq()) {
                Superblock next = nextSuperblock(reached, reached.seq() + windowEvents);
                superblocks.write(next);
                written = next;
            }
        }

        Image image() {
            return Image.this;
        }

        /** The superblock is stable. */
        void finish() {
            if (written != null) {
                isStable(written);
            }
        }

        @Override
        public void close() {
            hardening.unlock();
        }
    }

    /** For {@link ImageGroup}. By the thread that closes it. */
    Hardening beginHardening() {
        hardening.lock();
        return new Hardening();
    }

    /** The disk with its data: equal for images that wait for the same one. */
    public String disk() {
        return disk;
    }

    /** The file system with its data and its superblock; empty if there is no such one. */
    public OptionalLong fileSystem() {
        return fileSystem;
    }

    /** Where its superblock is. */
    Path folder() {
        return folder;
    }

    /** Closes the files as they are, hardening nothing. Idempotent. */
    @Override
    public void close() throws IOException {
        hardening.lock();
        try (superblocks) {
            data.close();
        } finally {
            hardening.unlock();
        }
    }
}
