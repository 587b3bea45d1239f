package dev.farshore.apply.image;

import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.SeedMark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalLong;

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
    private final RawFile data;
    private final Path folder;
    private final OptionalLong fileSystem;
    private final String disk;
    private final EventCheck check = new EventCheck();
    private final AppliedPosition applied;
    private final RecentChanges changes;
    private final ImageHardening hardening;

    private Image(ImageFiles files, long windowEvents) throws IOException {
        this.vvol = files.superblock().vvol();
        this.data = files.data();
        this.folder = files.directory();
        this.fileSystem = files.fileSystem();
        this.disk = files.disk();
        this.applied = new AppliedPosition(files.superblock());
        this.changes = new RecentChanges(files.superblock().hardened().seq());
        this.hardening = new ImageHardening(files, applied, windowEvents);
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
                image.hardening.writeSuperblock(ImagePosition.START, 0);
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
            image.hardening.writeSuperblock(begin, begin.seq());
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
        return applied.get().sizeBytes();
    }

    /** Where the image stands; every event up to it is visible to {@link #read}. */
    public ImagePosition applied() {
        return applied.get();
    }

    /** Newest position that is on stable storage with the superblock that says so. */
    public ImagePosition hardened() {
        return hardening.hardened();
    }

    /** Up to which seq a crash now could leave the image mixed. */
    public long mixedUntilSeq() {
        return hardening.mixedUntilSeq();
    }

    /**
     * Whether the image is a state the volume had: false from a crash until as much was applied
     * again as may have been in the image, or until {@link #declareConsistent}.
     */
    public boolean isConsistent() {
        return applied.isConsistent();
    }

    /**
     * The seq at which {@link #isConsistent} becomes true by itself; at most {@code mixedUntilSeq}
     * of the superblock the image was opened with.
     */
    public long consistentFromSeq() {
        return applied.consistentFromSeq();
    }

    /**
     * Says that all of the log that existed when the image was opened has been applied: it was
     * never ahead of the log, so nothing of a later event can be in it. On the applying thread.
     */
    public void declareConsistent() {
        applied.declareConsistent();
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
        if (header.seq() > hardening.mixedUntilSeq()) {
            hardening.announce();
        }
        long sizeBytes = applied.get().sizeBytes();
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
                    hardening.announceCut(position(event, after, writesOffset, sizeBytes));
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
        applied.set(position(event, after, writesOffset, sizeBytes));
    }

    private ImagePosition position(
            LogEvent event, LogCursor after, long writesOffset, long sizeBytes) {
        EventHeader header = event.header();
        SeedMark seed = applied.get().seed().after(header, writesOffset);
        return new ImagePosition(after, writesOffset, sizeBytes, seed, header.captureMicros());
    }

    private void write(EventHeader header, ByteBuffer payload) throws IOException {
        check.requireInside(header, applied.get().sizeBytes());
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
        hardening.harden();
    }

    /** What is stable, and what may be applied before more must be. */
    public ImageHardening hardening() {
        return hardening;
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
        hardening.close();
    }
}
