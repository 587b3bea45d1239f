package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Reopenable;
import dev.farshore.capture.ownership.OwnershipState.Sealed;
import dev.farshore.capture.ownership.OwnershipState.Sealing;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * The step of a volume whose writes are held for a hand-over: the seal ends the epoch, and the
 * volume goes to whomever the next epoch is given. Threading: the keeper's thread.
 */
final class SealStep {
    private final NodeIdentity node;
    private final Arrival arrival;
    private final Departure departure;
    private final VolumeLocations locations;

    SealStep(NodeIdentity node, Arrival arrival, Departure departure, VolumeLocations locations) {
        this.node = node;
        this.arrival = arrival;
        this.departure = departure;
        this.locations = locations;
    }

    OwnershipState from(Sealing sealing, StepInput input) throws IOException {
        OwnershipState away = awayFrom(sealing, input);
        if (away != null) {
            return away;
        }
        if (input.otherNode().isPresent()) {
            return departure.toOtherNode(sealing, input.wanted());
        }
        if (!sealing.session().isPublished()) {
            return sealing;
        }
        long sealSeq = sealing.session().seal();
        return sealSeq < 0 ? sealing : sealing.toSealed(sealSeq);
    }

    OwnershipState from(Sealed sealed, StepInput input) throws IOException {
        OwnershipState away = awayFrom(sealed, input);
        if (away != null) {
            return away;
        }
        if (input.otherNode().isPresent()) {
            return departure.leave(sealed, locations.refusal(input.wanted()));
        }
        return Deletion.isWanted(input.wanted()) ? departure.leave(sealed, "deleted") : sealed;
    }

    /** Where a held volume goes when it is given a new epoch, here or elsewhere; else null. */
    private @Nullable OwnershipState awayFrom(Reopenable now, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        LogCursor cursor = input.cursor();
        if (cursor.epoch() > now.epoch()) {
            return departure.leave(now, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (!node.isOwner(wanted) && wanted.getEpoch() >= now.epoch()) {
            return departure.leaveInOrder(now, "handed over to site " + wanted.getOwner());
        }
        if (wanted.getEpoch() <= now.epoch()) {
            return null;
        }
        if (input.otherNode().isPresent()) {
            return departure.leave(now, locations.refusal(wanted));
        }
        return Deletion.isEpochWanted(wanted) ? arrival.reopened(now, wanted) : null;
    }
}
