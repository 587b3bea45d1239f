package dev.farshore.schemas.log;

/**
 * Who opened an epoch: the note of an {@code EPOCH_OPENED}.
 *
 * <p>The incarnation makes an opening recognisable by the one who wrote it: of two openings of one
 * epoch the first counts, and only its writer may append.
 *
 * @param incarnation the journal's identity; a node that has lost its journal is another owner
 * @param node where the journal is, for people; empty if that is not said
 */
public record EpochOwner(String site, String incarnation, String node) {
    private static final char SEPARATOR = '#';
    private static final char NODE_SEPARATOR = '@';

    public EpochOwner(String site, String incarnation) {
        this(site, incarnation, "");
    }

    public static EpochOwner parse(String note) {
        int at = note.indexOf(SEPARATOR);
        if (at < 0) {
            return new EpochOwner(note, "");
        }
        int nodeAt = note.indexOf(NODE_SEPARATOR, at);
        return nodeAt < 0
                ? new EpochOwner(note.substring(0, at), note.substring(at + 1))
                : new EpochOwner(
                        note.substring(0, at),
                        note.substring(at + 1, nodeAt),
                        note.substring(nodeAt + 1));
    }

    /** Whether it is the same journal; the node may have got another name since. */
    public boolean isSameWriter(EpochOwner other) {
        return site.equals(other.site) && incarnation.equals(other.incarnation);
    }

    /** As it stands in the log. */
    @Override
    public String toString() {
        return site + SEPARATOR + incarnation + (node.isEmpty() ? "" : NODE_SEPARATOR + node);
    }
}
