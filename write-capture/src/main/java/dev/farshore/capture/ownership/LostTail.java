package dev.farshore.capture.ownership;

import dev.farshore.capture.journal.JournalLoss;
import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.ownership.OwnershipState.Opening;
import dev.farshore.capture.ownership.OwnershipState.Overtakable;
import dev.farshore.capture.ownership.OwnershipState.Unsettled;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.VolumeJournal;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

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
    private final NodeIdentity node;
    private final VolumeJournal journal;
    private final Arrival arrival;
    private final Departure departure;
    private final VolumeLocations locations;

    LostTail(
            NodeIdentity node,
            VolumeParts volume,
            Arrival arrival,
            Departure departure,
            VolumeLocations locations) {
        this.node = node;
        this.vvol = volume.vvol();
        this.journal = volume.journal();
        this.arrival = arrival;
        this.departure = departure;
        this.locations = locations;
    }

    /**
     * Where a volume goes whose epoch is this journal's, and whose image has all of the log.
     *
     * @return null if nothing is lost, or it is settled now
     */
    @Nullable OwnershipState find(Opening opening, LogCursor cursor) throws IOException {
        WriteSession session = opening.session();
        long lastSeq = session.journal().lastSeq();
        if (cursor.seq() > lastSeq) {
            return setAside(opening, cursor, lastSeq);
        }
        JournalLoss loss = session.loss();
        if (!loss.isLoss()) {
            return null;
        }
        boolean isOpenedSince =
                opening.openedSeq() > loss.afterSeq() && opening.openedSeq() <= lastSeq;
        if (isOpenedSince) {
            session.settleLoss();
            return null;
        }
        boolean isSealed = session.journal().isSealed(cursor);
        if (isSealed && lastSeq <= loss.afterSeq()) {
            return null; // no change was taken behind it; the next opening settles it
        }
        journal.reportLoss(loss, opening.epoch());
        return opening.toUnsettled(needsOperator(loss), isSealed ? lastSeq : 0, words(loss));
    }

    OwnershipState from(Unsettled unsettled, StepInput input) throws IOException {
        WriteSession session = unsettled.session();
        LogCursor cursor = input.cursor();
        if (cursor.epoch() > unsettled.epoch()) {
            return departure.leave(unsettled, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (unsettled.sealSeq() > 0) {
            return behindSeal(unsettled, cursor);
        }
        if (input.wanted().getEpoch() > unsettled.epoch()) {
            return inNextEpoch(unsettled, input);
        }
        if (cursor.seq() > session.journal().lastSeq()) {
            return setAside(unsettled, cursor, session.journal().lastSeq());
        }
        if (unsettled.needsOperator() || !session.isPublished()) {
            return unsettled;
        }
        long sealSeq = session.seal();
        return sealSeq < 0 ? unsettled : unsettled.withSeal(sealSeq);
    }

    /**
     * Waits to see whether our seal counts. Until then it has no header, and nothing comes behind
     * it: if a late event took its place, the header would be wrong.
     */
    private OwnershipState behindSeal(Unsettled unsettled, LogCursor cursor) throws IOException {
        WriteSession session = unsettled.session();
        if (cursor.seq() < unsettled.sealSeq()) {
            return unsettled;
        }
        if (cursor.open()) {
            return setAside(unsettled, cursor, session.journal().lastSeq());
        }
        session.sealCounts();
        return unsettled.toSealed();
    }

    private OwnershipState inNextEpoch(Unsettled unsettled, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        if (!node.isOwner(wanted)) {
            return departure.leave(unsettled, "owned by site " + wanted.getOwner());
        }
        if (input.otherNode().isPresent()) {
            return departure.leave(unsettled, locations.refusal(wanted));
        }
        return Deletion.isEpochWanted(wanted) ? arrival.reopened(unsettled, wanted) : unsettled;
    }

    /**
     * The log has gone on without the journal. All that is left in it is in the log: nothing is
     * lost with it that the host's crash had not taken. The lost writes may have been acknowledged,
     * so a new epoch is the operator's to give.
     *
     * @param lastSeq the newest that was in the journal before this process
     */
    Idle setAside(Overtakable now, LogCursor cursor, long lastSeq) throws IOException {
        String reason =
                ("the log has event %d, the journal ends with %d: a crash of the host took its end, or"
                                + " another process writes from a copy of it")
                        .formatted(cursor.seq(), lastSeq);
        now.session().close();
        journal.reportLoss(
                new JournalLoss(JournalLoss.Kind.UNFLUSHED, lastSeq, true, reason), now.epoch());
        journal.setAside(now.epoch(), reason);
        return now.toIdle(reason);
    }

    private static boolean needsOperator(JournalLoss loss) {
        return loss.kind() == JournalLoss.Kind.FLUSHED || loss.hasRemoteClients();
    }

    private String words(JournalLoss loss) {
        if (loss.kind() == JournalLoss.Kind.FLUSHED) {
            return ("the journal has lost flushed writes: %s; check what is on the disk, then"
                            + " `farshore volume reopen %s` goes on without them")
                    .formatted(loss.reason(), vvol);
        }
        return loss.hasRemoteClients()
                ? ("%s; a guest on another host may still believe in it: start its VM again, then"
                                + " `farshore volume reopen %s`")
                        .formatted(loss.reason(), vvol)
                : loss.reason() + "; the volume goes on in the next epoch";
    }
}
