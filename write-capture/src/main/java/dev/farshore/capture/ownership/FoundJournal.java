package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.ownership.OwnershipState.Opening;
import dev.farshore.capture.ownership.OwnershipState.Overtakable;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.VolumeJournal;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * How a volume goes on from a journal that a process before this one has written.
 *
 * <p>First everything in it is sent again, in the old epoch and with the same seqs, so whatever the
 * killed process had under way is at worst a duplicate. Behind that this process opens an epoch of
 * its own, before it lets a client in.
 *
 * <p>Why ({@code OneWriter}): a journal is no writer, as a data folder can be copied. An epoch that
 * two processes write from copies of one journal would mix their writes, and both would be told
 * that theirs are in the log. But an opening counts only with exactly the next seq, and names its
 * process. So of processes with copies of a journal one opens each epoch, and has the log's newest
 * event in its journal; the others' events are fenced from there on, which they see, and what they
 * were acknowledged after it does not count as flushed ({@link
 * dev.farshore.capture.publish.CountedSeqs}). A process whose opening was not the next event has an
 * old copy, or a journal that has lost its end: it sets it aside.
 *
 * <p>A hand-over under way needs no epoch of ours: its seal is the next event.
 *
 * <p>Threading: the keeper's thread.
 */
final class FoundJournal {
    private final NodeIdentity node;
    private final VolumeJournal journal;
    private final LostTail lostTail;
    private final Departure departure;

    FoundJournal(NodeIdentity node, VolumeJournal journal, LostTail lostTail, Departure departure) {
        this.node = node;
        this.journal = journal;
        this.lostTail = lostTail;
        this.departure = departure;
    }

    /** Where a volume goes if somebody else has gone on from a copy; null if nobody has. */
    @Nullable OwnershipState overtaken(Opening opening, LogCursor cursor) throws IOException {
        WriteSession session = opening.session();
        if (session.opener().isFromCopy(cursor, opening.epoch())) {
            return leftToCopy(opening, cursor);
        }
        return session.isResumed()
                        && cursor.epoch() < opening.epoch()
                        && cursor.seq() >= opening.openedSeq()
                ? lostTail.setAside(opening, cursor, opening.openedSeq() - 1)
                : null;
    }

    /** Somebody else has gone on from a copy. The journal may have writes that the copy lacks. */
    Idle leftToCopy(Overtakable now, LogCursor cursor) throws IOException {
        String reason = VolumeLocations.openedFromCopy(cursor);
        departure.stop(now.session(), reason);
        now.session().close();
        journal.setAside(now.epoch(), reason);
        return now.toIdle(reason);
    }

    /** All of the journal is in the log, and its epoch is the newest. */
    OwnershipState goOn(Opening found, VolumeSpec wanted) throws IOException {
        WriteSession session = found.session();
        if (!node.isOwner(wanted)) {
            return found; // until the spec, or the log, says more
        }
        if (wanted.getPhase() == Phase.SEALED) {
            return found.toSealing();
        }
        int epoch = found.epoch() + 1;
        return session.open(epoch, session.changes().sizeBytes())
                ? found.toOpening(epoch, session.journal().lastSeq())
                : found; // full: again when the publisher has made room
    }
}
