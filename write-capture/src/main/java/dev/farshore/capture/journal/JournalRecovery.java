package dev.farshore.capture.journal;

/**
 * What opening a journal found.
 *
 * @param firstSeq oldest entry; {@code lastSeq + 1} when there is none
 * @param lastSeq newest entry
 * @param cutBytes bytes of entries that were begun after {@code lastSeq} and are not whole, or
 *     follow one that is not; as far as they could still be recognised
 * @param cutReason what was wrong with the first of them; empty when nothing was cut
 */
public record JournalRecovery(long firstSeq, long lastSeq, long cutBytes, String cutReason) {

    public boolean isCut() {
        return !cutReason.isEmpty();
    }
}
