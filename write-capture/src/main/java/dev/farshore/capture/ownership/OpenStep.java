package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Open;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.time.Duration;

/**
 * The step of a volume that takes writes: keeps it as its spec says, until the epoch ends.
 * Threading: the keeper's thread.
 */
final class OpenStep {
    /** How long a volume waits for the others of its VM; one that stays for good can't hold it. */
    private static final Duration VM_PATIENCE = Duration.ofSeconds(10);

    private static final long NEVER = Long.MIN_VALUE;

    /** Since when another node of our site has kept the volume. */
    private long otherSinceNanos = NEVER;

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
        if (input.otherNode().isEmpty()) {
            otherSinceNanos = NEVER;
        } else if (isVmReady(wanted)) {
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

    /**
     * The coordinator gives a VM's volumes their next epochs when the last of them is sealed. A
     * node gets the partitions of a VM one after the other, so the first would be held for as long
     * as the last takes to come: until then we go on to write here.
     */
    private boolean isVmReady(VolumeSpec wanted) {
        long nowNanos = context.time().nowNanos();
        if (otherSinceNanos == NEVER) {
            otherSinceNanos = nowNanos;
        }
        return !context.vmVolumes().isAnyStaying(wanted.getVm())
                || nowNanos - otherSinceNanos > VM_PATIENCE.toNanos();
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
