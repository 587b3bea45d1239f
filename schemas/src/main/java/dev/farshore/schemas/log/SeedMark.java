package dev.farshore.schemas.log;

import dev.farshore.schemas.event.EventKind;

/**
 * What the events up to some position say of the newest seed of a volume. It is a part of an
 * image's position, so it is as true after a crash as the image.
 *
 * <p><b>What a seed is.</b> {@code SEED_STARTED}, {@code WRITE}s with what the source has
 * allocated, {@code SEED_FINISHED}; among them what the guest writes. The writer sees to it that a
 * seeded range is one that no event had touched since {@code SEED_STARTED}. So after {@code
 * SEED_FINISHED} an image that began empty at {@code SEED_STARTED} has of every block the newest
 * content: it was seeded, or written since, or is unallocated and reads as zeroes.
 *
 * <p><b>Epochs that change in between</b> do no harm. What ends a seed is a {@code SEED_FINISHED}
 * that counts and has the id of the newest {@code SEED_STARTED} that counts. A writer ends its seed
 * in a later epoch only if it knows what was touched in all the epochs since; any other begins
 * anew, with a higher id. A {@code SEED_FINISHED} of an owner that was fenced does not count.
 *
 * @param id of the newest {@code SEED_STARTED}; 0 for none
 * @param isImport of a disk the log did not have: no image is whole until the seed is finished
 * @param startedOffset of the {@code SEED_STARTED} in {@code farshore.writes}
 * @param startedSeq of that event
 * @param isFinished its {@code SEED_FINISHED} has come
 * @param isBase the image began empty at it, and has nothing of the log before. Also: whether that
 *     event counts was believed, not judged, until the next opening that counts
 */
public record SeedMark(
        long id,
        boolean isImport,
        long startedOffset,
        long startedSeq,
        boolean isFinished,
        boolean isBase) {

    /** There was no seed. */
    public static final SeedMark NONE = new SeedMark(0, false, -1, 0, true, false);

    /** Of an image that begins at {@code started}. */
    public static SeedMark base(EventHeader started, long writesOffset) {
        return started(started, writesOffset, true);
    }

    private static SeedMark started(EventHeader event, long writesOffset, boolean isBase) {
        SeedNote note = SeedNote.parse(event.note());
        boolean isImport = note.purpose() == SeedNote.Purpose.IMPORT;
        return new SeedMark(note.id(), isImport, writesOffset, event.seq(), false, isBase);
    }

    /** After {@code event}, which counts. */
    public SeedMark after(EventHeader event, long writesOffset) {
        if (event.kind() == EventKind.SEED_STARTED) {
            return started(event, writesOffset, false);
        }
        if (event.kind() == EventKind.SEED_FINISHED
                && !isFinished
                && SeedNote.parse(event.note()).id() == id) {
            return new SeedMark(id, isImport, startedOffset, startedSeq, true, isBase);
        }
        if (event.kind() == EventKind.EPOCH_OPENED && isBase && isFinished) {
            return new SeedMark(id, isImport, startedOffset, startedSeq, true, false);
        }
        return this;
    }

    /** Whether an image with this mark lacks blocks that only the rest of the seed brings. */
    public boolean isIncomplete() {
        return !isFinished && (isBase || isImport);
    }
}
