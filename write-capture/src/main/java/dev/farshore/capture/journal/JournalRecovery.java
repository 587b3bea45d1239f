package dev.farshore.capture.journal;

/**
 * What opening a journal found in its ring.
 *
 * @param firstSeq oldest entry; {@code lastSeq + 1} when there is none
 * @param lastSeq newest entry
 * @param cutBytes bytes of entries that were begun after {@code lastSeq} and are not whole, or
 *     follow one that is not; as far as they could still be recognised
 * @param wholeBehind how many whole entries follow one that is damaged or missing, at least: those
 *     were acknowledged, and that one too
 * @param cutReason what was wrong with the first that was cut; empty when nothing was
 */
public record JournalRecovery(
        long firstSeq, long lastSeq, long cutBytes, int wholeBehind, String cutReason) {

    public boolean isCut() {
        return !cutReason.isEmpty();
    }
}
