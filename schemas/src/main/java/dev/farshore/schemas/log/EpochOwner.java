package dev.farshore.schemas.log;

/**
 * Who opened an epoch: the note of an {@code EPOCH_OPENED}.
 *
 * <p>The incarnation makes an opening recognisable by the one who wrote it: of two openings of one
 * epoch the first counts, and only its writer may append.
 *
 * @param incarnation the journal's identity; a node that has lost its journal is another owner
 */
public record EpochOwner(String site, String incarnation) {
    private static final char SEPARATOR = '#';

    public static EpochOwner parse(String note) {
        int at = note.indexOf(SEPARATOR);
        return at < 0
                ? new EpochOwner(note, "")
                : new EpochOwner(note.substring(0, at), note.substring(at + 1));
    }

    /** As it stands in the log. */
    @Override
    public String toString() {
        return site + SEPARATOR + incarnation;
    }
}
