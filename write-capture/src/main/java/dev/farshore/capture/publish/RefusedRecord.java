package dev.farshore.capture.publish;

import dev.farshore.schemas.log.Limits;

import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One lane's record is refused, and will be until somebody changes something: the record, the
 * topic, or what the node is allowed. Its lane alone waits, and tries again with that record and
 * nothing behind it; the producer and all other lanes go on. Any other error may be the producer's
 * own, and is answered with a new producer.
 *
 * @param seq of the event
 * @param isHeader whether its header is refused; else the event itself
 * @param problem what is wrong and what to do
 * @param retryNanos when to try again, in {@link System#nanoTime}
 * @param pause before the next try
 */
record RefusedRecord(long seq, boolean isHeader, String problem, long retryNanos, Duration pause) {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /**
     * Whether the record is at fault, or where it is to go: another producer would be refused the
     * same.
     */
    static boolean isOfRecord(Throwable error) {
        return error instanceof RecordTooLargeException
                || error instanceof RecordBatchTooLargeException
                || error instanceof InvalidRecordException
                || error instanceof InvalidTimestampException
                || error instanceof PolicyViolationException
                || error instanceof TopicAuthorizationException;
    }

    /**
     * @param before what was refused last; null if that has been taken since
     * @param nowNanos in {@link System#nanoTime}
     */
    static RefusedRecord after(
            @Nullable RefusedRecord before,
            long seq,
            boolean isHeader,
            String topic,
            Throwable error,
            long nowNanos) {
        Duration pause =
                before != null && before.seq == seq && before.isHeader == isHeader
                        ? longer(before.pause)
                        : FIRST_PAUSE;
        return new RefusedRecord(
                seq, isHeader, describe(seq, topic, error), nowNanos + pause.toNanos(), pause);
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
    }

    private static String describe(long seq, String topic, Throwable error) {
        boolean isTooLarge =
                error instanceof RecordTooLargeException
                        || error instanceof RecordBatchTooLargeException;
        String what =
                error instanceof KafkaException
                        ? "%s refuses event %d".formatted(topic, seq)
                        : "event %d can't be sent to %s".formatted(seq, topic);
        String advice =
                isTooLarge
                        ? "set max.message.bytes of %s to %d; "
                                .formatted(topic, Limits.MAX_MESSAGE_BYTES)
                        : error instanceof TopicAuthorizationException
                                ? "this node may not Write on topic %s, see farshore acls; "
                                        .formatted(topic)
                                : "";
        return "%s (%s): %sits writes stay in the journal, and nothing behind that event reaches the log until it is taken"
                .formatted(what, error.getMessage(), advice);
    }
}
