package dev.farshore.schemas.log;

/**
 * Who opened an epoch: the note of an {@code EPOCH_OPENED}, {@code site#journal.process@node}.
 *
 * <p>It makes an opening recognisable by the one who wrote it: of two openings of one epoch the
 * first counts, and only its writer may append. A journal alone is no writer, as its file can be
 * copied and be opened by two processes.
 *
 * @param journal the identity of the journal; a node that has lost its journal is another owner
 * @param process a random number of the process; empty if that is not said, as in older logs
 * @param node where the journal is, for people; empty if that is not said
 */
public record EpochOwner(String site, String journal, String process, String node) {
    private static final char SEPARATOR = '#';
    private static final char PROCESS_SEPARATOR = '.';
    private static final char NODE_SEPARATOR = '@';

    public EpochOwner(String site, String journal) {
        this(site, journal, "", "");
    }

    public static EpochOwner parse(String note) {
        int at = note.indexOf(SEPARATOR);
        if (at < 0) {
            return new EpochOwner(note, "");
        }
        int nodeAt = note.indexOf(NODE_SEPARATOR, at);
        String writer = note.substring(at + 1, nodeAt < 0 ? note.length() : nodeAt);
        int processAt = writer.indexOf(PROCESS_SEPARATOR);
        return new EpochOwner(
                note.substring(0, at),
                processAt < 0 ? writer : writer.substring(0, processAt),
                processAt < 0 ? "" : writer.substring(processAt + 1),
                nodeAt < 0 ? "" : note.substring(nodeAt + 1));
    }

    /** Whether it is the same journal in the same process; the node may have been renamed since. */
    public boolean isSameWriter(EpochOwner other) {
        return isSameJournal(other) && process.equals(other.process);
    }

    /** Whether it is the same journal, or a copy of it. */
    public boolean isSameJournal(EpochOwner other) {
        return site.equals(other.site) && journal.equals(other.journal);
    }

    /** As it stands in the log. */
    @Override
    public String toString() {
        return site
                + SEPARATOR
                + journal
                + (process.isEmpty() ? "" : PROCESS_SEPARATOR + process)
                + (node.isEmpty() ? "" : NODE_SEPARATOR + node);
    }
}
