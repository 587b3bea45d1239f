package dev.farshore.capture.publish;

import org.apache.kafka.common.TopicPartition;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;

/**
 * In which partitions one producer is known. Where it is not, it sends one record and waits for it.
 *
 * <p>A broker takes whatever batch comes first from a producer it does not know in a partition, as
 * it can't tell a first one from one whose predecessors it has forgotten. While a partition changes
 * its leader, as a new one does, a producer's first batch may be refused and its second, already
 * under way, be taken. The first is then out of order for good, however often it is sent.
 *
 * <p>Threading: the publisher's thread asks, the producer's tells.
 */
final class Introductions {
    private final Set<TopicPartition> asked = ConcurrentHashMap.newKeySet();
    private final Set<TopicPartition> known = ConcurrentHashMap.newKeySet();
    private final IntConsumer onKnown;

    /**
     * @param onKnown told the partition in which more may be sent from now on
     */
    Introductions(IntConsumer onKnown) {
        this.onKnown = onKnown;
    }

    /** Whether a record may be sent now. Who is told so sends one. */
    boolean isNextAllowed(TopicPartition partition) {
        return known.contains(partition) || asked.add(partition);
    }

    /**
     * Who was told that it may send a record has none after all, or it is refused: somebody else
     * may.
     */
    void withdrawn(TopicPartition partition) {
        if (!known.contains(partition) && asked.remove(partition)) {
            onKnown.accept(partition.partition());
        }
    }

    void acknowledged(TopicPartition partition) {
        if (known.add(partition)) {
            onKnown.accept(partition.partition());
        }
    }
}
