package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Held;
import dev.farshore.capture.ownership.OwnershipState.Leaving;
import dev.farshore.capture.ownership.OwnershipState.Movable;
import dev.farshore.capture.ownership.OwnershipState.MovingToOtherNode;
import dev.farshore.capture.seed.control.SeedKeeper;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;

/**
 * How a volume that was written here goes elsewhere.
 *
 * <p>To another site it goes when its epoch has ended. To another node of our own site it goes
 * while the epoch is still open: its partition was placed there, or went there because we were
 * silent for too long. The journal stays with us, and with it the right to write the epoch. So we
 * hand over: hold writes, send the clients away, publish what the journal has, seal. The
 * coordinator then gives the site the next epoch, and the other node opens it. That loses no write
 * ({@code CutoverLosesNoWrite}): its opening counts only at the seq behind the seal, so its image
 * has applied all that was ever acknowledged here.
 *
 * <p>No seal is written before the opening of its epoch was seen to count, by our image or by the
 * other node's report: the loser of a race would end the winner's epoch. If the log has gone on
 * past our journal, whose end a crash of the host took, the seal is a duplicate, ends nothing, and
 * the volume waits for its operator.
 *
 * <p>Threading: the keeper's thread.
 */
final class Departure {
    private final String vvol;
    private final Clients clients;
    private final SeedKeeper seeds;
    private final VolumeLocations locations;

    Departure(VolumeParts volume, VolumeLocations locations) {
        this.vvol = volume.vvol();
        this.clients = volume.clients();
        this.seeds = volume.seeds();
        this.locations = locations;
    }

    /** Begins to hand the volume over to the node of our site that keeps it now. */
    MovingToOtherNode toOtherNode(Movable now, VolumeSpec wanted) {
        now.session().changes().hold();
        clients.turnAway(locations.refusal(wanted));
        seeds.stop();
        return now.toOtherNode();
    }

    OwnershipState from(MovingToOtherNode moving, LogCursor cursor) throws IOException {
        WriteSession session = moving.session();
        if (cursor.epoch() > moving.epoch()) {
            return leave(moving, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (!session.isPublished()) {
            return moving;
        }
        boolean isSealed =
                session.journal().endsWithSeal()
                        || (cursor.epoch() == moving.epoch() && !cursor.open());
        if (!isSealed && session.seal() < 0) {
            return moving; // full: again when what is published was released
        }
        return leave(moving, "handed over to another node of the site");
    }

    Leaving leave(Held now, String reason) {
        stop(now.session(), reason);
        return now.toLeaving(reason);
    }

    /**
     * To another site, after our seal. A client that waits for nothing keeps its connection. To
     * answer its last flush tells it nothing wrong, as all it has written is in the log; and QEMU
     * ends with a flush, for which it would try to connect again for all of its {@code
     * reconnect-delay}. Anything else that the client asks closes the connection.
     */
    Leaving leaveInOrder(Held now, String reason) {
        WriteSession session = now.session();
        session.changes().hold();
        if (!session.isComplete()) {
            return leave(now, reason);
        }
        clients.leaveAlone();
        seeds.stop();
        session.changes().shut();
        return now.toLeaving(reason);
    }

    /** No change is taken any more, for good. */
    void stop(WriteSession session, String reason) {
        session.changes().hold();
        clients.turnAway(vvol + ": " + reason);
        seeds.stop();
        session.changes().shut();
    }

    OwnershipState from(Leaving leaving) throws IOException {
        if (!leaving.session().isPublishedAsFarAsItCounts()) {
            return leaving;
        }
        leaving.session().closeAndDelete();
        return leaving.toIdle();
    }
}
