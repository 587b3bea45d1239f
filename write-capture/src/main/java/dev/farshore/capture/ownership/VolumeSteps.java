package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.ownership.OwnershipState.Leaving;
import dev.farshore.capture.ownership.OwnershipState.MovingToOtherNode;
import dev.farshore.capture.ownership.OwnershipState.Open;
import dev.farshore.capture.ownership.OwnershipState.Opening;
import dev.farshore.capture.ownership.OwnershipState.Sealed;
import dev.farshore.capture.ownership.OwnershipState.Sealing;
import dev.farshore.capture.ownership.OwnershipState.Unsettled;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.Optional;

/**
 * What a volume does next at this node, by its state and what its {@link VolumeSpec} says.
 *
 * <p>Who may write ({@code OneWriter}): the spec names owner and epoch, the log decides. An opening
 * is written at the seq behind our own image; it counts only if our image then shows our own {@code
 * EPOCH_OPENED} as the epoch's ({@link dev.farshore.capture.session.OpenerIdentity}). Until it does
 * no write is accepted. If the log had gone on, the opening is fenced, and we try again behind what
 * our image shows then.
 *
 * <p>Of a site's nodes only the one that keeps the images of the volume's partition opens it.
 * Should two think so for a moment, the log decides between their openings as between those of two
 * sites. How a volume goes to another node while it is open here: {@link Departure}.
 *
 * <p>A restart goes on from its journal: {@link FoundJournal}. Without it nobody can, as we don't
 * know what was acknowledged: the coordinator has to give a new epoch. A journal that has lost its
 * end with the host is not continued in its epoch: {@link LostTail}.
 *
 * <p>Before a seal is written, every header before it is in the log, so that the headers of two
 * owners never interleave; and an opener ({@link Arrival}) waits until it knows the seal's header,
 * or writes what the last owner could not publish any more ({@link LastHeaders}).
 *
 * <p>Threading: the keeper's thread.
 */
public final class VolumeSteps {
    private final String vvol;
    private final OwnershipContext context;
    private final VolumeLocations locations;
    private final Arrival arrival;
    private final OpeningStep opening;
    private final OpenStep open;
    private final SealStep seal;
    private final Departure departure;
    private final LostTail lostTail;

    public VolumeSteps(OwnershipContext context, VolumeParts volume) {
        this.vvol = volume.vvol();
        this.context = context;
        this.locations = new VolumeLocations(context.node(), context.images());
        this.arrival = new Arrival(context, volume, locations);
        this.departure = new Departure(volume, locations);
        this.lostTail = new LostTail(context.node(), volume, arrival, departure, locations);
        FoundJournal foundJournal =
                new FoundJournal(context.node(), volume.journal(), lostTail, departure);
        this.opening = new OpeningStep(context, volume, arrival, departure, foundJournal, lostTail);
        this.open = new OpenStep(context, volume, arrival, departure, foundJournal);
        this.seal = new SealStep(context.node(), arrival, departure, locations);
    }

    /** The state that follows from what is and what should be; the same if nothing is due. */
    public OwnershipState next(OwnershipState state, VolumeSpec wanted) throws IOException {
        Optional<LocalImage> image = context.images().find(vvol);
        LogCursor ours = image.map(LocalImage::applied).orElse(LogCursor.START);
        Optional<KeptBy> other = locations.otherNode(wanted);
        LogCursor cursor = other.map(kept -> VolumeLocations.newest(ours, kept)).orElse(ours);
        StepInput input = new StepInput(wanted, cursor, other, image);
        return switch (state) {
            case Idle idle -> arrival.from(idle, input);
            case Opening now -> opening.from(now, input);
            case Open now -> open.from(now, input);
            case Sealing sealing -> seal.from(sealing, input);
            case Sealed sealed -> seal.from(sealed, input);
            case MovingToOtherNode moving -> departure.from(moving, cursor);
            case Leaving leaving -> departure.from(leaving);
            case Unsettled unsettled -> lostTail.from(unsettled, input);
        };
    }
}
