package dev.farshore.schemas.log;

import dev.farshore.schemas.event.EventKind;

/**
 * A reader's position in one volume's log, and the one pure function that says of the next event
 * whether it counts. All readers use it, so all agree.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code OneWriter}: an event counts only between its epoch's {@code EPOCH_OPENED} and the
 *       {@code EPOCH_SEALED} of that epoch or the next {@code EPOCH_OPENED}, in log order. An
 *       {@code EPOCH_OPENED} counts only with a higher epoch and exactly the next seq, so opening
 *       is a compare-and-set on the log: of two, the first counts, and an opener that had not read
 *       the log to its end loses.
 *   <li>{@code NoGap}: seqs that count are 1, 2, 3 …; a later one after a hole is a gap, an earlier
 *       one a duplicate.
 * </ul>
 *
 * <p>What writers have to keep for this to hold:
 *
 * <ul>
 *   <li>One that opens an epoch appends nothing after its {@code EPOCH_OPENED} until it has read
 *       that back and found it {@link Verdict.Next}: the cursor then names it as {@link #owner}.
 *       Otherwise the loser of a race would write in the winner's epoch, and the events of the two
 *       could not be told apart.
 *   <li>Events of one writer reach the log in seq order, without holes; sending some again is fine.
 *   <li>A writer whose epoch has ended cannot conclude from {@link Verdict.Duplicate} that its
 *       event counts: the seq has been decided, perhaps by the next owner. What of it counts is
 *       what was judged {@code Next} before the next {@code EPOCH_OPENED}.
 * </ul>
 *
 * <p>A reader may go back in the log, as after a crash, and judge with a cursor that is ahead of
 * the records: it ignores what it has seen, and reaches the same cursor as one that never went
 * back.
 *
 * @param epoch of the newest valid event; 0 before the first
 * @param owner {@link EpochOwner} that opened it, as text; empty before the first
 * @param open false from {@code EPOCH_SEALED} to the next {@code EPOCH_OPENED}
 * @param seq of the newest valid event; 0 before the first
 * @param vmSeq highest VM seq among the valid events
 * @param totalBytes of the newest valid event
 */
public record LogCursor(
        int epoch, String owner, boolean open, long seq, long vmSeq, long totalBytes) {

    /** Before the first event of a volume. */
    public static final LogCursor START = new LogCursor(0, "", false, 0, 0, 0);

    private static final Verdict DUPLICATE = new Verdict.Duplicate();

    /** The site that opened the epoch; empty before the first. */
    public String ownerSite() {
        return owner.isEmpty() ? "" : EpochOwner.parse(owner).site();
    }

    /**
     * Whether a reader at this cursor that can't go on, because what it lacks is not in the log any
     * more, may begin anew at {@code started}. A reader that can go on has to {@link #judge} it.
     *
     * <p>Only forward: a seed of an epoch that had ended by then, or one that was seen before, is
     * none to begin at.
     */
    public boolean mayBeginAt(EventHeader started) {
        return started.kind() == EventKind.SEED_STARTED
                && (started.epoch() > epoch || (started.epoch() == epoch && started.seq() > seq));
    }

    /**
     * The cursor of a reader that begins at a {@code SEED_STARTED}, having nothing of the log
     * before it. Whether that event counts it cannot judge: it believes it, until {@link
     * #isDisprovedBy}.
     */
    public static LogCursor beginningAt(EventHeader started) {
        return new LogCursor(
                started.epoch(),
                SeedNote.parse(started.note()).owner(),
                true,
                started.seq(),
                started.vmSeq(),
                started.totalBytes());
    }

    /**
     * Whether {@code event}, found next in the log, shows that what this reader has taken in is not
     * what the log holds, or, where it began at a seed's start, that this did not count: somebody
     * writes in a later epoch, which nobody does without having found its opening to count, and
     * that opening is not among what this reader has seen.
     *
     * <p>Until then a reader could be wrong only if a fenced owner had gone on appending, up to a
     * whole seed, while the opening that fenced it grew so old that the log let it go.
     */
    public boolean isDisprovedBy(EventHeader event) {
        return event.kind() != EventKind.EPOCH_OPENED
                && event.epoch() > epoch
                && event.seq() <= seq + 1;
    }

    /** Says whether {@code event}, found next in the log, counts. */
    public Verdict judge(EventHeader event) {
        return event.kind() == EventKind.EPOCH_OPENED ? judgeOpening(event) : judgeOther(event);
    }

    private Verdict judgeOpening(EventHeader event) {
        if (event.epoch() < epoch) {
            return new Verdict.Fenced(
                    "epoch %d opened after epoch %d".formatted(event.epoch(), epoch));
        }
        if (event.epoch() == epoch) {
            // Sent again by its writer, or by the loser of a race: ignored either way.
            return event.note().equals(owner)
                    ? DUPLICATE
                    : new Verdict.Fenced(
                            "epoch %d was opened first by %s, then by %s"
                                    .formatted(epoch, owner, event.note()));
        }
        if (event.seq() <= seq) {
            return new Verdict.Fenced(
                    "epoch %d opened at seq %d, but the log had reached %d"
                            .formatted(event.epoch(), event.seq(), seq));
        }
        return inOrder(event, event.note(), true);
    }

    private Verdict judgeOther(EventHeader event) {
        if (event.epoch() < epoch) {
            return event.seq() <= seq
                    ? DUPLICATE
                    : new Verdict.Fenced(
                            "epoch %d has ended, epoch %d is newer"
                                    .formatted(event.epoch(), epoch));
        }
        if (event.seq() <= seq) {
            return DUPLICATE;
        }
        if (event.epoch() == epoch && !open) {
            return new Verdict.Fenced(
                    epoch == 0
                            ? "no epoch was opened yet"
                            : "epoch %d is sealed at seq %d".formatted(epoch, seq));
        }
        if (event.epoch() > epoch && event.seq() == seq + 1) {
            return new Verdict.Fenced("epoch %d was never opened".formatted(event.epoch()));
        }
        // With a later seq of a later epoch, that epoch's opening may be among what is missing.
        return inOrder(event, owner, event.kind() != EventKind.EPOCH_SEALED);
    }

    private Verdict inOrder(EventHeader event, String nextOwner, boolean nextOpen) {
        if (event.seq() != seq + 1) {
            return new Verdict.Gap(seq + 1, event.seq());
        }
        return new Verdict.Next(
                new LogCursor(
                        event.epoch(),
                        nextOwner,
                        nextOpen,
                        event.seq(),
                        Math.max(vmSeq, event.vmSeq()),
                        event.totalBytes()));
    }
}
