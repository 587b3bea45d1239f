package dev.farshore.capture.volume;

import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.capture.volume.VolumeState.Sealed;
import dev.farshore.capture.volume.VolumeState.Sealing;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;

/**
 * The source's side of a hand-over: writes are held, the seal ends the epoch, and the volume goes
 * to whomever the next epoch is given. Threading: the keeper's thread.
 */
final class HandOver {
    private final NodeContext node;
    private final Arrival arrival;
    private final Departure departure;
    private final Whereabouts whereabouts;

    HandOver(NodeContext node, Arrival arrival, Departure departure, Whereabouts whereabouts) {
        this.node = node;
        this.arrival = arrival;
        this.departure = departure;
        this.whereabouts = whereabouts;
    }

    VolumeState fromSealing(
            Sealing sealing, VolumeSpec wanted, LogCursor cursor, Optional<KeptBy> other)
            throws IOException {
        WriteSession session = sealing.session();
        VolumeState away = awayFrom(sealing, session, sealing.epoch(), wanted, cursor, other);
        if (away != null) {
            return away;
        }
        if (other.isPresent()) {
            return departure.toOtherNode(session, sealing.epoch(), wanted);
        }
        if (!session.isPublished()) {
            return sealing;
        }
        long sealSeq = session.log().appendSeal(session.owner());
        session.lane().wakeNow();
        return sealSeq < 0 ? sealing : new Sealed(session, sealing.epoch(), sealSeq);
    }

    VolumeState fromSealed(
            Sealed sealed, VolumeSpec wanted, LogCursor cursor, Optional<KeptBy> other)
            throws IOException {
        VolumeState away =
                awayFrom(sealed, sealed.session(), sealed.epoch(), wanted, cursor, other);
        if (away != null) {
            return away;
        }
        if (other.isPresent()) {
            return departure.leave(sealed.session(), whereabouts.refusal(wanted));
        }
        return Deletion.isWanted(wanted) ? departure.leave(sealed.session(), "deleted") : sealed;
    }

    /** Where a held volume goes when it is given a new epoch, here or elsewhere; else null. */
    private @Nullable VolumeState awayFrom(
            VolumeState now,
            WriteSession session,
            int epoch,
            VolumeSpec wanted,
            LogCursor cursor,
            Optional<KeptBy> other)
            throws IOException {
        if (cursor.epoch() > epoch) {
            return departure.leave(session, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (!node.isOwner(wanted) && wanted.getEpoch() >= epoch) {
            return departure.leaveInOrder(session, "handed over to site " + wanted.getOwner());
        }
        if (wanted.getEpoch() <= epoch) {
            return null;
        }
        if (other.isPresent()) {
            return departure.leave(session, whereabouts.refusal(wanted));
        }
        return Deletion.isEpochWanted(wanted) ? arrival.opened(session, wanted, now) : null;
    }
}
