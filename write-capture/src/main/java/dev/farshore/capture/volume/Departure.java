package dev.farshore.capture.volume;

import dev.farshore.capture.volume.VolumeState.Idle;
import dev.farshore.capture.volume.VolumeState.Leaving;
import dev.farshore.capture.volume.VolumeState.Moving;
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
    private final Whereabouts whereabouts;
    private final SeedKeeper seeds;

    Departure(String vvol, Clients clients, Whereabouts whereabouts, SeedKeeper seeds) {
        this.vvol = vvol;
        this.clients = clients;
        this.whereabouts = whereabouts;
        this.seeds = seeds;
    }

    /** Begins to hand the volume over to the node of our site that keeps it now. */
    VolumeState toOtherNode(WriteSession session, int epoch, VolumeSpec wanted) {
        session.log().hold();
        clients.turnAway(whereabouts.refusal(wanted));
        seeds.stop();
        return new Moving(session, epoch);
    }

    VolumeState fromMoving(Moving moving, LogCursor cursor) throws IOException {
        WriteSession session = moving.session();
        if (cursor.epoch() > moving.epoch()) {
            return leave(session, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (!session.isPublished()) {
            return moving;
        }
        boolean isSealed =
                session.endsWithSeal() || (cursor.epoch() == moving.epoch() && !cursor.open());
        if (!isSealed) {
            if (session.log().appendSeal(session.owner()) < 0) {
                return moving; // full: again when what is published was released
            }
            session.lane().wakeNow();
        }
        return leave(session, "handed over to another node of the site");
    }

    VolumeState leave(WriteSession session, String reason) {
        stop(session, reason);
        return new Leaving(session, reason);
    }

    /**
     * To another site, after our seal. A client that waits for nothing keeps its connection: it is
     * told nothing wrong by an answer to its last flush, as all it has written is in the log, and
     * QEMU ends with a flush, for which it would try to connect again for all of its {@code
     * reconnect-delay}. Anything else that it asks closes the connection.
     */
    VolumeState leaveInOrder(WriteSession session, String reason) {
        session.log().hold();
        if (!session.isComplete()) {
            return leave(session, reason);
        }
        clients.leaveAlone();
        seeds.stop();
        session.log().shut();
        return new Leaving(session, reason);
    }

    /** No change is taken any more, for good. */
    void stop(WriteSession session, String reason) {
        session.log().hold();
        clients.turnAway(vvol + ": " + reason);
        seeds.stop();
        session.log().shut();
    }

    VolumeState fromLeaving(Leaving leaving) throws IOException {
        if (!leaving.session().isPublishedAsFarAsItCounts()) {
            return leaving;
        }
        leaving.session().closeAndDelete();
        return new Idle(leaving.reason());
    }
}
