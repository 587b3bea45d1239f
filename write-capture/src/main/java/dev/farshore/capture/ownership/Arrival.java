package dev.farshore.capture.ownership;

import dev.farshore.capture.journal.file.JournalException;
import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.ownership.OwnershipState.Reopenable;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.session.RequestedSize;
import dev.farshore.capture.session.VolumeJournal;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.Optional;

/**
 * How a volume comes to be written here: from the journal that is here, or in a new epoch.
 * Threading: the keeper's thread.
 */
final class Arrival {
    private final OwnershipContext context;
    private final String vvol;
    private final VolumeJournal journal;
    private final VolumeLocations locations;
    private final LastHeaders lastHeaders;

    Arrival(OwnershipContext context, VolumeParts volume, VolumeLocations locations) {
        this.context = context;
        this.vvol = volume.vvol();
        this.journal = volume.journal();
        this.locations = locations;
        this.lastHeaders = new LastHeaders(context);
    }

    /** The step of a volume that is not written here. */
    OwnershipState from(Idle idle, StepInput input) throws IOException {
        VolumeSpec wanted = input.wanted();
        LogCursor cursor = input.cursor();
        if (journal.exists()) {
            return resume(idle, wanted, cursor);
        }
        if (!context.node().isOwner(wanted)) {
            return idle.toIdle("owned by site " + wanted.getOwner());
        }
        if (!Deletion.isEpochWanted(wanted)) {
            return idle.toIdle("sealed, waiting for its next epoch");
        }
        if (!context.images().isKeptHere(wanted.getPartition())) {
            // An opening by a node that can't see it count would keep the right one out.
            return idle.toIdle(whyNotKeptHere(wanted, input));
        }
        Optional<String> unfitness = context.images().unfitness(vvol);
        if (unfitness.isPresent()) {
            return idle.toIdle("its image here can't be written on: " + unfitness.get());
        }
        if (cursor.epoch() >= wanted.getEpoch()) {
            return idle.toIdle(whyEpochIsTaken(wanted, cursor));
        }
        if (cursor.seq() == 0 && wanted.getEpoch() > 1) {
            return idle.toBrieflyIdle("waiting for its image");
        }
        if (!lastHeaders.areComplete(wanted, cursor)) {
            return idle.toBrieflyIdle("waiting for the headers of the last epoch");
        }
        WriteSession session = journal.create(wanted, cursor);
        long openedSeq = appendOpening(session, wanted);
        return openedSeq < 0
                ? idle.toIdle("its journal is full")
                : idle.toOpening(session, wanted.getEpoch(), openedSeq);
    }

    private String whyNotKeptHere(VolumeSpec wanted, StepInput input) {
        return input.otherNode().isPresent()
                ? locations.refusal(wanted)
                : "another node of site %s keeps partition %d, or none does yet"
                        .formatted(context.node().site(), wanted.getPartition());
    }

    private String whyEpochIsTaken(VolumeSpec wanted, LogCursor cursor) {
        if (Deletion.isWanted(wanted) && !cursor.open()) {
            return "deleted";
        }
        return cursor.epoch() == wanted.getEpoch() && !cursor.open()
                ? "sealed, waiting for its next epoch"
                : locations.missingJournal(vvol, cursor, journal.lossNote());
    }

    private OwnershipState resume(Idle idle, VolumeSpec wanted, LogCursor cursor)
            throws IOException {
        WriteSession session;
        try {
            session = journal.resume(wanted, cursor);
        } catch (JournalException e) {
            if (!isGivenUp(e, wanted, cursor)) {
                throw e;
            }
            String reason = String.valueOf(e.getMessage());
            journal.setAside(cursor.epoch(), reason);
            return idle.toIdle(reason);
        }
        // Whether it is ours still, sealed or to be opened anew, the steps from Opening find out.
        EventHeader opening = session.journal().newestOpening();
        return idle.toOpening(
                session,
                session.changes().epoch(),
                opening == null ? Long.MAX_VALUE : opening.seq());
    }

    /**
     * Whether to go on without a journal that can't be opened. It may hold writes that were
     * acknowledged and are nowhere else, so it stays in the way until a new epoch, which only an
     * operator gives, says that the volume is to go on without them. Which epoch is newest is known
     * only when the image has caught up.
     */
    private boolean isGivenUp(JournalException problem, VolumeSpec wanted, LogCursor cursor) {
        return problem.kind() == JournalException.Kind.CORRUPT
                && context.node().isOwner(wanted)
                && Deletion.isEpochWanted(wanted)
                && context.images().isCaughtUp(wanted.getPartition())
                && wanted.getEpoch() > cursor.epoch();
    }

    /** Goes on in the wanted epoch, by the journal in use; stays as it is while that is full. */
    OwnershipState reopened(Reopenable now, VolumeSpec wanted) throws IOException {
        long openedSeq = appendOpening(now.session(), wanted);
        return openedSeq < 0 ? now : now.toOpening(wanted.getEpoch(), openedSeq);
    }

    /** Returns the opening's seq; -1 if the journal is full: again when something is published. */
    private long appendOpening(WriteSession session, VolumeSpec wanted) throws IOException {
        session.changes().hold();
        long sizeBytes = RequestedSize.bytes(wanted, presentBytes(session));
        return session.open(wanted.getEpoch(), sizeBytes) ? session.journal().lastSeq() : -1;
    }

    /** The size that the opening follows: by our journal, or our image; else it is fenced. */
    private long presentBytes(WriteSession session) {
        long journalBytes = session.changes().sizeBytes();
        return journalBytes >= 0
                ? journalBytes
                : context.images().find(vvol).map(LocalImage::sizeBytes).orElse(0L);
    }
}
