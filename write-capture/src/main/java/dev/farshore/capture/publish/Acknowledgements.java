package dev.farshore.capture.publish;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * One lane's acknowledgements from one producer and topic. All its records are in one partition,
 * and for one partition a producer calls back in the order of sending. So the next call is about
 * the next record, and nothing is allocated to tell which. This is checked: offsets must rise, else
 * the producer is given up.
 *
 * @see org.apache.kafka.clients.producer.KafkaProducer#send
 */
final class Acknowledgements implements Callback {
    private final ProducerSession session;
    private final TopicPartition partition;
    private final Listener listener;
    private volatile long lastOffset = -1;

    /** Told what became of the records, in the order of sending, on the producer's thread. */
    interface Listener {
        /**
         * The next record lies at {@code offset}.
         *
         * @return false if none was sent
         */
        boolean acknowledged(long offset);

        /** A record is refused; nothing behind it is to be counted. */
        void refused(Exception error);
    }

    Acknowledgements(ProducerSession session, TopicPartition partition, Listener listener) {
        this.session = session;
        this.partition = partition;
        this.listener = listener;
    }

    /**
     * Whether another record may be sent now; the caller then sends one, or calls {@link #notSent}.
     *
     * @param whenAllowed run once if not, when it is time to ask again
     */
    boolean isNextAllowed(Runnable whenAllowed) {
        return lastOffset >= 0 || session.gate().isNextAllowed(partition, whenAllowed);
    }

    /** What {@link #isNextAllowed} has just allowed is not sent. */
    void notSent() {
        session.gate().withdrawn(partition);
    }

    @Override
    public void onCompletion(@Nullable RecordMetadata metadata, @Nullable Exception error) {
        if (session.isOver()) {
            return;
        }
        if (error != null && RefusedRecord.isOfRecord(error)) {
            listener.refused(error);
            if (lastOffset < 0) {
                session.gate().withdrawn(partition);
            }
            return;
        }
        if (error != null || metadata == null) {
            session.fail(error == null ? new IllegalStateException("no metadata") : error);
            return;
        }
        long offset = metadata.offset();
        if (offset <= lastOffset || !listener.acknowledged(offset)) {
            session.fail(
                    new IllegalStateException(
                            "acknowledged out of order in %s: offset %d after %d"
                                    .formatted(partition, offset, lastOffset)));
            return;
        }
        boolean isFirst = lastOffset < 0;
        lastOffset = offset;
        if (isFirst) {
            session.gate().acknowledged(partition);
        }
    }
}
