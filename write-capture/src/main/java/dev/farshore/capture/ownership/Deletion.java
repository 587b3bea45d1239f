package dev.farshore.capture.ownership;

import dev.farshore.capture.ownership.OwnershipState.Open;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.seed.control.SeedKeeper;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.SeedMark;
import dev.farshore.schemas.log.SeedNote;

import java.io.IOException;
import java.util.Optional;

/**
 * How a volume is deleted: by its owner, in the volume's log.
 *
 * <p>The last events of the open epoch are a {@code TRIM} of everything, a {@code RESIZE} to one
 * sector, and a seed of nothing with the deletion's id ({@code SEED_STARTED}, {@code
 * SEED_FINISHED}); then the epoch is sealed and the journal goes. So every site frees its image's
 * blocks whenever it reads that, however long it was away, and an image that can't be made from the
 * log any more may begin at that seed.
 *
 * <p>What stays of an image is its superblock, with its position. A new volume of the name goes on
 * behind the seal: same partition, next seq, higher epoch. So no reader has to tell two volumes
 * apart ({@code LogIsTheTruth}): in the order of the log the old events come before the trim, and
 * one that comes late is of an ended epoch and counts nowhere ({@code OneWriter}), or has a seq
 * that was seen.
 *
 * <p>An epoch may also end otherwise while its volume is to be deleted, as when its partition
 * moves. That it was deleted says the image's seed mark only, which is a part of its position: the
 * coordinator gives the name out again when the owner has reported the deletion's id, and another
 * epoch to delete in otherwise.
 *
 * <p>Threading: the keeper's thread.
 */
public final class Deletion {
    private static final int LEFT_BYTES = 512;

    private final Clients clients;
    private final SeedKeeper seeds;

    Deletion(Clients clients, SeedKeeper seeds) {
        this.clients = clients;
        this.seeds = seeds;
    }

    public static boolean isWanted(VolumeSpec spec) {
        return spec.getPhase() == Phase.DELETED;
    }

    /** Whether the owner needs an open epoch: to write in, or to delete the volume in. */
    static boolean isEpochWanted(VolumeSpec spec) {
        return spec.getPhase() == Phase.OPEN || isWanted(spec);
    }

    /** The step of a volume that is open, and is to be deleted. */
    OwnershipState from(Open open, StepInput input) throws IOException {
        Optional<LocalImage> image = input.image();
        if (clients.count() > 0 || image.isEmpty()) {
            return open; // no further client is let in; the guest ends first
        }
        WriteSession session = open.session();
        session.changes().hold();
        seeds.stop();
        SeedMark newest = session.journal().newestSeed(image.get());
        boolean isInLog = newest.id() == input.wanted().getSeedId() && newest.isFinished();
        if (!isInLog && !append(session, input.wanted())) {
            return open; // full: all of it again when there is room
        }
        return open.toSealing();
    }

    private static boolean append(WriteSession session, VolumeSpec wanted) throws IOException {
        String note =
                new SeedNote(session.opener().note(), SeedNote.Purpose.RESEED, wanted.getSeedId())
                        .toString();
        try {
            return session.changes()
                            .exclusively(
                                    log -> {
                                        boolean isComplete =
                                                log.append(EventKind.TRIM, 0, log.sizeBytes(), "")
                                                                >= 0
                                                        && log.append(
                                                                        EventKind.RESIZE,
                                                                        0,
                                                                        LEFT_BYTES,
                                                                        "")
                                                                >= 0
                                                        && log.append(
                                                                        EventKind.SEED_STARTED,
                                                                        0,
                                                                        LEFT_BYTES,
                                                                        note)
                                                                >= 0;
                                        return isComplete
                                                ? log.append(EventKind.SEED_FINISHED, 0, 0, note)
                                                : -1;
                                    })
                    >= 0;
        } finally {
            session.lane().wake();
        }
    }
}
