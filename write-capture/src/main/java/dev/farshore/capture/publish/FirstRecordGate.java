package dev.farshore.capture.publish;

import org.apache.kafka.common.TopicPartition;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Lets one record of a producer into a partition, and more only when that one is acknowledged.
 *
 * <p>A broker takes whatever batch comes first from a producer it does not know in a partition: it
 * can't tell a first batch from one whose predecessors it has forgotten. While a partition changes
 * its leader, as a new one does, a producer's first batch may be refused and its second, already
 * under way, be taken. The first is then out of order for good, however often it is sent.
 *
 * <p>Threading: the publisher's thread asks, the producer's tells; whoever waits is told outside
 * the lock.
 */
final class FirstRecordGate {
    /** Guards the fields below. */
    private final Object lock = new Object();

    private final Set<TopicPartition> open = new HashSet<>();

    /** Partitions whose first record is under way, and who waits for it. */
    private final Map<TopicPartition, Set<Runnable>> waiting = new HashMap<>();

    /**
     * Whether a record may be sent now; the caller then sends one, or calls {@link #withdrawn}.
     *
     * @param whenAllowed run once if not, when it is time to ask again
     */
    boolean isNextAllowed(TopicPartition partition, Runnable whenAllowed) {
        synchronized (lock) {
            if (open.contains(partition)) {
                return true;
            }
            Set<Runnable> others = waiting.get(partition);
            if (others == null) {
                waiting.put(partition, new HashSet<>());
                return true;
            }
            others.add(whenAllowed);
            return false;
        }
    }

    /** The record that was allowed is not sent after all, or was refused: another may go first. */
    void withdrawn(TopicPartition partition) {
        tell(partition, false);
    }

    /** The first record is acknowledged. */
    void acknowledged(TopicPartition partition) {
        tell(partition, true);
    }

    private void tell(TopicPartition partition, boolean opens) {
        Set<Runnable> told;
        synchronized (lock) {
            if (opens) {
                open.add(partition);
            }
            told = waiting.remove(partition);
        }
        if (told != null) {
            told.forEach(Runnable::run);
        }
    }
}
