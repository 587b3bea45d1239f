package dev.farshore.capture.ownership;

import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.LogCursor;

import java.util.Optional;

/**
 * Where a volume is that is not here: at which node of which site, also in words for clients and
 * operators. Threading: any thread.
 */
public record VolumeLocations(NodeIdentity node, LocalImages images) {

    /**
     * The other node of our site that keeps a volume; empty while we do, and while none has said
     * so: a node that has just lost a partition may get it back.
     */
    public Optional<KeptBy> otherNode(VolumeSpec spec) {
        return images.isKeptHere(spec.getPartition())
                ? Optional.empty()
                : images.keptBy(spec.getVvol(), node.site())
                        .filter(other -> !other.node().equals(node.node()));
    }

    /** Where the volume's log has got, as far as our image and the other node know. */
    static LogCursor newest(LogCursor ours, KeptBy other) {
        return other.applied().seq() > ours.seq() ? other.applied() : ours;
    }

    /** Why a client can't open a volume here that is served elsewhere, and where that is. */
    public String refusal(VolumeSpec spec) {
        boolean isOurs = node.isOwner(spec);
        Optional<KeptBy> served =
                isOurs ? otherNode(spec) : images.keptBy(spec.getVvol(), spec.getOwner());
        String where =
                isOurs
                        ? "volume %s is kept by another node of site %s"
                                .formatted(spec.getVvol(), node.site())
                        : "volume %s is owned by site %s"
                                .formatted(spec.getVvol(), spec.getOwner());
        return where + served.map(at -> ": " + connect(at)).orElse("");
    }

    /** Why a journal is of no use: somebody else went on from a copy of it. */
    static String openedFromCopy(LogCursor cursor) {
        return ("epoch %d was opened by another process from a copy of this journal, at node %s; every"
                        + " node needs a data folder and a name of its own")
                .formatted(cursor.epoch(), EpochOwner.parse(cursor.owner()).node());
    }

    private static String connect(KeptBy at) {
        return at.endpoint().isEmpty()
                ? "node " + at.node()
                : "connect to node %s at %s".formatted(at.node(), at.endpoint());
    }

    /**
     * Why nobody may go on with an epoch whose journal is not here, and what to do about it.
     *
     * @param loss in brackets, why a journal was set aside here; empty if none was
     */
    String missingJournal(String vvol, LogCursor cursor, String loss) {
        String holder = EpochOwner.parse(cursor.owner()).node();
        boolean isElsewhere = !holder.isEmpty() && !holder.equals(node.node());
        return isElsewhere
                ? ("the journal of epoch %d is at node %s: start that node, and the volume goes on"
                                + " here; or `farshore volume reopen %s` gives a new epoch, without"
                                + " the writes that only that journal has")
                        .formatted(cursor.epoch(), holder, vvol)
                : ("the journal of epoch %d is not here%s: it is in another data folder of node %s, or"
                                + " gone; `farshore volume reopen %s` gives a new epoch, without the"
                                + " writes that only that journal has")
                        .formatted(cursor.epoch(), loss, node.node(), vvol);
    }
}
