package dev.farshore.capture.volume;

import dev.farshore.capture.journal.JournalException;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.volume.VolumeState.Idle;
import dev.farshore.capture.volume.VolumeState.Opening;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.LogCursor;

import java.io.IOException;
import java.util.Optional;

/**
 * How a volume comes to be written here: from the journal that is here, or in a new epoch.
 * Threading: the keeper's thread.
 */
final class Arrival {
    private final NodeContext node;
    private final String vvol;
    private final VolumeJournal journal;
    private final Whereabouts whereabouts;
    private final LastHeaders lastHeaders;

    Arrival(NodeContext node, String vvol, VolumeJournal journal, Whereabouts whereabouts) {
        this.node = node;
        this.vvol = vvol;
        this.journal = journal;
        this.whereabouts = whereabouts;
        this.lastHeaders = new LastHeaders(node);
    }

    /** The step of a volume that is not written here. */
    VolumeState fromIdle(VolumeSpec wanted, LogCursor cursor) throws IOException {
        if (journal.exists()) {
            return resume(wanted, cursor);
        }
        if (!node.isOwner(wanted)) {
            return new Idle("owned by site " + wanted.getOwner());
        }
        if (!Deletion.isEpochWanted(wanted)) {
            return new Idle("sealed, waiting for its next epoch");
        }
        if (!node.images().isKeptHere(wanted.getPartition())) {
            // An opening by a node that can't see it count would keep the right one out.
            return new Idle(
                    whereabouts
                            .keptElsewhere(wanted)
                            .map(other -> whereabouts.refusal(wanted))
                            .orElse(
                                    "another node of site %s keeps partition %d, or none does yet"
                                            .formatted(node.site(), wanted.getPartition())));
        }
        Optional<String> unfitness = node.images().unfitness(vvol);
        if (unfitness.isPresent()) {
            return new Idle("its image here can't be written on: " + unfitness.get());
        }
        if (cursor.epoch() >= wanted.getEpoch()) {
            if (Deletion.isWanted(wanted) && !cursor.open()) {
                return new Idle("deleted");
            }
            return new Idle(
                    cursor.epoch() == wanted.getEpoch() && !cursor.open()
                            ? "sealed, waiting for its next epoch"
                            : whereabouts.missingJournal(vvol, cursor, journal.loss()));
        }
        if (cursor.seq() == 0 && wanted.getEpoch() > 1) {
            return new Idle("waiting for its image", true);
        }
        if (!lastHeaders.areComplete(wanted, cursor)) {
            return new Idle("waiting for the headers of the last epoch", true);
        }
        return opened(journal.create(wanted, cursor), wanted, new Idle("its journal is full"));
    }

    private VolumeState resume(VolumeSpec wanted, LogCursor cursor) throws IOException {
        WriteSession session;
        try {
            session = journal.resume(wanted, cursor);
        } catch (JournalException e) {
            if (!journal.isGivenUp(e, wanted, cursor)) {
                throw e;
            }
            String reason = String.valueOf(e.getMessage());
            journal.setAside(cursor.epoch(), reason);
            return new Idle(reason);
        }
        // Whether it is ours still, sealed or to be opened anew, the steps from Opening find out.
        return new Opening(
                session, session.log().epoch(), session.openingSeq().orElse(Long.MAX_VALUE));
    }

    /**
     * Writes the opening of the wanted epoch, in a journal that may go on from an earlier one.
     *
     * @param now the state that stays while there is no room for it
     */
    VolumeState opened(WriteSession session, VolumeSpec wanted, VolumeState now)
            throws IOException {
        session.log().hold();
        if (!session.open(wanted.getEpoch(), WantedSize.bytes(wanted, presentBytes(session)))) {
            return now; // full: again when the publisher has made room
        }
        return new Opening(session, wanted.getEpoch(), session.lastSeq());
    }

    /** By what the opening will follow: our journal, or our image, else the opening is fenced. */
    private long presentBytes(WriteSession session) {
        long journalBytes = session.log().sizeBytes();
        return journalBytes >= 0
                ? journalBytes
                : node.images().find(vvol).map(LocalImage::sizeBytes).orElse(0L);
    }
}
