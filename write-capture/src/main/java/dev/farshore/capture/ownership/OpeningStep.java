package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Opening;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.capture.vm.VmClock;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Optional;

/**
 * The step of a volume whose opening is in the journal: waits to see whether the opening counts,
 * and lets guests write when it does. Threading: the keeper's thread.
 */
final class OpeningStep {
    private final OwnershipContext context;
    private final VolumeParts volume;
    private final Arrival arrival;
    private final Departure departure;
    private final FoundJournal foundJournal;
    private final LostTail lostTail;

    OpeningStep(
            OwnershipContext context,
            VolumeParts volume,
            Arrival arrival,
            Departure departure,
            FoundJournal foundJournal,
            LostTail lostTail) {
        this.context = context;
        this.volume = volume;
        this.arrival = arrival;
        this.departure = departure;
        this.foundJournal = foundJournal;
        this.lostTail = lostTail;
    }

    OwnershipState from(Opening opening, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        LogCursor cursor = input.cursor();
        WriteSession session = opening.session();
        OwnershipState elsewhere = ifLost(opening, wanted, cursor);
        if (elsewhere != null) {
            return elsewhere;
        }
        if (cursor.epoch() < opening.epoch()) {
            return opening; // the image has not come to the opening yet
        }
        session.openingCounts();
        if (input.otherNode().isEmpty() && !isImageComplete(session, input)) {
            return opening;
        }
        OwnershipState lost = lostTail.find(opening, cursor);
        if (lost != null) {
            return lost;
        }
        if (input.otherNode().isPresent()) {
            return departure.toOtherNode(opening, wanted);
        }
        if (context.node().isOwner(wanted) && wanted.getEpoch() > opening.epoch()) {
            return Deletion.isEpochWanted(wanted) ? arrival.reopened(opening, wanted) : opening;
        }
        session.changes()
                .useImageSize(
                        input.image().map(LocalImage::sizeBytes).orElse(wanted.getSizeBytes()));
        if (session.journal().isSealed(cursor)) {
            return opening.toSealed();
        }
        if (!isClockRaised(session, input)) {
            return opening;
        }
        if (!session.opener().isOwner(cursor)) {
            return foundJournal.goOn(opening, wanted);
        }
        return isSeedReady(session, input) ? opened(opening) : opening;
    }

    /** Where the volume goes if it is another's, or its opening does not count; else null. */
    private @Nullable OwnershipState ifLost(Opening opening, VolumeSpec wanted, LogCursor cursor)
            throws IOException {
        if (!context.node().isOwner(wanted) && wanted.getEpoch() >= opening.epoch()) {
            return departure.leave(opening, "owned by site " + wanted.getOwner());
        }
        OwnershipState overtaken = foundJournal.overtaken(opening, cursor);
        if (overtaken != null) {
            return overtaken;
        }
        if (cursor.epoch() > opening.epoch()) {
            return departure.leave(opening, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (cursor.epoch() < opening.epoch()) {
            return cursor.seq() >= opening.openedSeq()
                    ? departure.leave(
                            opening,
                            "the log already had event %d; trying the opening again behind it"
                                    .formatted(opening.openedSeq()))
                    : null;
        }
        return opening.session().opener().isFromJournal(cursor)
                ? null
                : departure.leave(
                        opening,
                        "epoch %d was opened by %s".formatted(cursor.epoch(), opener(cursor)));
    }

    private static String opener(LogCursor cursor) {
        EpochOwner opener = EpochOwner.parse(cursor.owner());
        return opener.node().isEmpty()
                ? "site " + opener.site()
                : "node %s of site %s".formatted(opener.node(), opener.site());
    }

    /**
     * Whether our image has all that is not in the journal: after a restart it replays the log up
     * to there. Another node has read the log to its end before it said that it keeps the volume.
     */
    private boolean isImageComplete(WriteSession session, StepInput input) {
        return input.cursor().seq() >= session.journal().firstSeq() - 1
                && context.images().isCaughtUp(input.wanted().getPartition());
    }

    /**
     * Volumes of the VM may have been written elsewhere until now: whatever was acknowledged there
     * comes before what is written here, in all of them.
     *
     * @return false while a journal of the VM has not been read
     */
    private boolean isClockRaised(WriteSession session, StepInput input) {
        String vm = input.wanted().getVm();
        VmClock clock = input.raised(context.vms().clock(input.wanted()));
        context.vmVolumes().raise(clock, vm);
        session.changes().useClock(clock);
        return context.vmVolumes().areJournalsRead(vm);
    }

    private boolean isSeedReady(WriteSession session, StepInput input) {
        Optional<LocalImage> image = input.image();
        return image.isEmpty()
                || Deletion.isWanted(input.wanted())
                || volume.seeds().mayOpen(session, image.get());
    }

    private static OwnershipState opened(Opening opening) {
        opening.session().changes().open();
        return opening.toOpen();
    }
}
