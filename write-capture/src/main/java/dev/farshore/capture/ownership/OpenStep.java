package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Open;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;

/**
 * The step of a volume that takes writes: keeps it as its spec says, until the epoch ends.
 * Threading: the keeper's thread.
 */
final class OpenStep {
    private final OwnershipContext context;
    private final VolumeParts volume;
    private final Arrival arrival;
    private final Departure departure;
    private final FoundJournal foundJournal;
    private final Deletion deletion;

    OpenStep(
            OwnershipContext context,
            VolumeParts volume,
            Arrival arrival,
            Departure departure,
            FoundJournal foundJournal) {
        this.context = context;
        this.volume = volume;
        this.arrival = arrival;
        this.departure = departure;
        this.foundJournal = foundJournal;
        this.deletion = new Deletion(volume.clients(), volume.seeds());
    }

    OwnershipState from(Open open, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        LogCursor cursor = input.cursor();
        WriteSession session = open.session();
        if (cursor.epoch() > open.epoch()) {
            return session.opener().isFromCopy(cursor, open.epoch())
                    ? foundJournal.leftToCopy(open, cursor)
                    : departure.leave(open, "fenced by epoch %d".formatted(cursor.epoch()));
        }
        if (input.otherNode().isPresent()) {
            return departure.toOtherNode(open, wanted);
        }
        if (!context.node().isOwner(wanted) && wanted.getEpoch() >= open.epoch()) {
            return departure.leave(open, "taken over by site " + wanted.getOwner());
        }
        if (wanted.getEpoch() > open.epoch()) {
            return Deletion.isEpochWanted(wanted) ? arrival.reopened(open, wanted) : open;
        }
        if (Deletion.isWanted(wanted)) {
            return deletion.from(open, input);
        }
        if (wanted.getPhase() == Phase.SEALED) {
            session.changes().hold();
            return open.toSealing();
        }
        keepAsWanted(session, input);
        return open;
    }

    private void keepAsWanted(WriteSession session, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        session.changes().useClock(input.raised(context.vms().clock(wanted)));
        session.use(wanted.getDurability());
        if (session.resize(wanted)) {
            // Only a new connection learns of a new size.
            volume.clients()
                    .disconnect(
                            "%s has %d bytes now".formatted(volume.vvol(), wanted.getSizeBytes()));
        }
        input.image().ifPresent(image -> volume.seeds().step(session, image));
    }
}
