package dev.farshore.capture.session;

/**
 * How far a volume that is written here has got.
 *
 * @param acknowledgedSeq newest event in the journal
 * @param publishedSeq newest event in both topics
 * @param oldestSeq in the journal
 * @param unpublished what is acknowledged and not in the log yet
 * @param kafkaThrottleMillis by how much a quota holds the node's producer back, on average; 0 if
 *     none does
 * @param timesFull how often writes began to wait because the journal was full
 * @param fullNanos how long they waited, in all
 */
public record SessionStatus(
        long sizeBytes,
        long acknowledgedSeq,
        long publishedSeq,
        long oldestSeq,
        Unpublished unpublished,
        double kafkaThrottleMillis,
        long journalUsedBytes,
        long journalBytes,
        boolean isFull,
        long timesFull,
        long fullNanos) {}
