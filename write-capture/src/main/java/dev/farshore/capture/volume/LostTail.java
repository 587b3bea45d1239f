package dev.farshore.capture.volume;

import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.capture.volume.VolumeState.Idle;
import dev.farshore.capture.volume.VolumeState.Opening;
import dev.farshore.capture.volume.VolumeState.Sealed;
import dev.farshore.capture.volume.VolumeState.Unsettled;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;

/**
 * How a volume goes on whose journal has lost events that were acknowledged, or may have.
 *
 * <p>Never in the same epoch: one of the lost events may still be on its way to the log, and the
 * next event here would have its seq. What the journal still has is published first; then the epoch
 * is ended by a seal, or by the opening of the next, behind the last event that is left. The log
 * decides between that and a late event of the lost ones: they want the same seq, and whichever
 * comes first counts. Where the late one does, the log has gone on without this journal, which is
 * then set aside.
 *
 * <p>Who ends the epoch depends on who may believe in what is lost. A disk may forget what was not
 * flushed when its host crashes, and a guest of that host has crashed with it: the node seals, and
 * the coordinator gives the next epoch as for every seal nobody asked for. A guest on another host
 * lives on, and would have its next flush answered with success: it has to be started again first,
 * and only an operator can say that it was. So the volume waits for the epoch that {@code volume
 * reopen} gives. So it does for events that were flushed: whoever lost those has to know.
 *
 * <p>Threading: the keeper's thread.
 */
final class LostTail {
    private final String vvol;
    private final NodeContext node;
    private final VolumeJournal journal;
    private final Arrival arrival;
    private final Departure departure;
    private final Whereabouts whereabouts;

    LostTail(
            String vvol,
            NodeContext node,
            VolumeJournal journal,
            Arrival arrival,
            Departure departure,
            Whereabouts whereabouts) {
        this.vvol = vvol;
        this.node = node;
        this.journal = journal;
        this.arrival = arrival;
        this.departure = departure;
        this.whereabouts = whereabouts;
    }

    /**
     * Where a volume goes whose epoch is this journal's, and whose image has all of the log.
     *
     * @return null if nothing is lost, or it is settled now
     */
    @Nullable VolumeState find(Opening opening, LogCursor cursor) throws IOException {
        WriteSession session = opening.session();
        if (cursor.seq() > session.lastSeq()) {
            return setAside(session, opening.epoch(), cursor, session.lastSeq());
        }
        JournalLoss loss = session.loss();
        if (!loss.isLoss()) {
            return null;
        }
        boolean isOpenedSince =
                opening.openedSeq() > loss.afterSeq() && opening.openedSeq() <= session.lastSeq();
        if (isOpenedSince) {
            session.settleLoss();
            return null;
        }
        boolean isSealed = session.isSealed(cursor);
        if (isSealed && session.lastSeq() <= loss.afterSeq()) {
            return null; // no change was taken behind it; the next opening settles it
        }
        journal.tellLoss(loss, opening.epoch());
        return new Unsettled(
                session,
                opening.epoch(),
                needsOperator(loss),
                isSealed ? session.lastSeq() : 0,
                words(loss));
    }

    VolumeState fromUnsettled(
            Unsettled unsettled, VolumeSpec wanted, LogCursor cursor, Optional<KeptBy> other)
            throws IOException {
        WriteSession session = unsettled.session();
        if (cursor.epoch() > unsettled.epoch()) {
            return departure.leave(session, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (unsettled.sealSeq() > 0) {
            return behindSeal(unsettled, cursor);
        }
        if (wanted.getEpoch() > unsettled.epoch()) {
            return inNextEpoch(unsettled, wanted, other);
        }
        if (cursor.seq() > session.lastSeq()) {
            return setAside(session, unsettled.epoch(), cursor, session.lastSeq());
        }
        if (unsettled.needsOperator() || !session.isPublished()) {
            return unsettled;
        }
        long sealSeq = session.log().appendSeal(session.owner());
        session.lane().wakeNow();
        return sealSeq < 0
                ? unsettled
                : new Unsettled(session, unsettled.epoch(), false, sealSeq, unsettled.reason());
    }

    /**
     * Waits to see whether our seal counts. Until then it has no header, and nothing comes behind
     * it: a late event in its place would leave a header that says what is not so.
     */
    private VolumeState behindSeal(Unsettled unsettled, LogCursor cursor) throws IOException {
        WriteSession session = unsettled.session();
        if (cursor.seq() < unsettled.sealSeq()) {
            return unsettled;
        }
        if (cursor.open()) {
            return setAside(session, unsettled.epoch(), cursor, session.lastSeq());
        }
        session.lane().releaseHeaders();
        return new Sealed(session, unsettled.epoch(), unsettled.sealSeq());
    }

    private VolumeState inNextEpoch(Unsettled unsettled, VolumeSpec wanted, Optional<KeptBy> other)
            throws IOException {
        if (!node.isOwner(wanted)) {
            return departure.leave(unsettled.session(), "owned by site " + wanted.getOwner());
        }
        if (other.isPresent()) {
            return departure.leave(unsettled.session(), whereabouts.refusal(wanted));
        }
        return Deletion.isEpochWanted(wanted)
                ? arrival.opened(unsettled.session(), wanted, unsettled)
                : unsettled;
    }

    /**
     * The log has gone on without the journal. All that is left in it is in the log: nothing is
     * lost with it that the host's crash had not taken. That may be writes the guest was told of,
     * so a new epoch is the operator's to give.
     *
     * @param lastSeq the newest that was in the journal before this process
     */
    VolumeState setAside(WriteSession session, int epoch, LogCursor cursor, long lastSeq)
            throws IOException {
        String reason =
                ("the log has event %d, the journal ends with %d: a crash of the host took its end, or"
                                + " another process writes from a copy of it")
                        .formatted(cursor.seq(), lastSeq);
        session.close();
        journal.tellLoss(new JournalLoss(JournalLoss.Kind.UNFLUSHED, lastSeq, true, reason), epoch);
        journal.setAside(epoch, reason);
        return new Idle(reason);
    }

    private static boolean needsOperator(JournalLoss loss) {
        return loss.kind() == JournalLoss.Kind.FLUSHED || loss.guestsElsewhere();
    }

    private String words(JournalLoss loss) {
        if (loss.kind() == JournalLoss.Kind.FLUSHED) {
            return ("the journal has lost flushed writes: %s; check what is on the disk, then"
                            + " `farshore volume reopen %s` goes on without them")
                    .formatted(loss.reason(), vvol);
        }
        return loss.guestsElsewhere()
                ? ("%s; a guest on another host may still believe in it: start its VM again, then"
                                + " `farshore volume reopen %s`")
                        .formatted(loss.reason(), vvol)
                : loss.reason() + "; the volume goes on in the next epoch";
    }
}
