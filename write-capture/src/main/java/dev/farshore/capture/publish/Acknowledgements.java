package dev.farshore.capture.publish;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * One lane's acknowledgements from one producer and topic. All its records are in one partition,
 * and for one partition a producer calls back in the order of sending, so the next call is about
 * the next record, and nothing has to be allocated to tell which. What this rests on is checked:
 * offsets must rise, else the producer is given up.
 *
 * @see org.apache.kafka.clients.producer.KafkaProducer#send
 */
final class Acknowledgements implements Callback {
    private final Publisher.Sender sender;
    private final TopicPartition partition;
    private final Taker taker;
    private volatile long lastOffset = -1;

    /** Who is told. */
    interface Taker {
        /**
         * The next record sent with {@code by} lies at {@code offset}.
         *
         * @return false if none was sent
         */
        boolean acknowledged(Acknowledgements by, long offset);

        /** A record sent with {@code by} is refused; nothing behind it is acknowledged any more. */
        void refused(Acknowledgements by, Exception error);
    }

    Acknowledgements(Publisher.Sender sender, TopicPartition partition, Taker taker) {
        this.sender = sender;
        this.partition = partition;
        this.taker = taker;
    }

    /** Whether another record may be sent now; a wake-up follows if not. */
    boolean isNextAllowed() {
        return lastOffset >= 0 || sender.introductions().isNextAllowed(partition);
    }

    /** What {@link #isNextAllowed} has just allowed is not sent. */
    void notSent() {
        sender.introductions().withdrawn(partition);
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception error) {
        if (sender.isGivenUp()) {
            return;
        }
        if (error != null && Refusal.isOfRecord(error)) {
            taker.refused(this, error);
            if (lastOffset < 0) {
                sender.introductions().withdrawn(partition);
            }
            return;
        }
        if (error != null || metadata == null) {
            sender.giveUp(error == null ? new IllegalStateException("no metadata") : error);
            return;
        }
        long offset = metadata.offset();
        if (offset <= lastOffset || !taker.acknowledged(this, offset)) {
            sender.giveUp(
                    new IllegalStateException(
                            "acknowledged out of order in %s: offset %d after %d"
                                    .formatted(partition, offset, lastOffset)));
            return;
        }
        boolean isFirst = lastOffset < 0;
        lastOffset = offset;
        if (isFirst) {
            sender.introductions().acknowledged(partition);
        }
    }
}
