package dev.farshore.schemas.log;

/**
 * How far a volume's {@link HashChain} has come: what its next link takes from those before.
 *
 * @param seq of the newest event in it
 * @param startSeq the first event that it covers
 * @param value up to and including event {@code seq}; zeroes where the chain has yet to start
 */
public record ChainPoint(long seq, long startSeq, Sha256 value) {

    /** A chain that starts with the event after {@code seq}. */
    public static ChainPoint startingAfter(long seq) {
        return new ChainPoint(seq, seq + 1, Sha256.ZERO);
    }

    /** After the event that has {@code link}. */
    public static ChainPoint at(long seq, ChainLink link) {
        return new ChainPoint(seq, link.startSeq(), link.value());
    }
}
