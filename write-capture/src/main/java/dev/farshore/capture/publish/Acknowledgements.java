package dev.farshore.capture.publish;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
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
    private final String what;
    private final Taker taker;
    private long lastOffset = -1;

    /** Who is told. */
    @FunctionalInterface
    interface Taker {
        /**
         * The next record sent with {@code by} lies at {@code offset}.
         *
         * @return false if none was sent
         */
        boolean acknowledged(Acknowledgements by, long offset);
    }

    Acknowledgements(Publisher.Sender sender, String what, Taker taker) {
        this.sender = sender;
        this.what = what;
        this.taker = taker;
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception error) {
        if (sender.isGivenUp()) {
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
                            "%s acknowledged out of order: offset %d after %d"
                                    .formatted(what, offset, lastOffset)));
            return;
        }
        lastOffset = offset;
    }
}
