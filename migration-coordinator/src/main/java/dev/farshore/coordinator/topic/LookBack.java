package dev.farshore.coordinator.topic;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** How far before the end of its partitions the reading of a topic begins. */
@FunctionalInterface
public interface LookBack {

    /** All of it. */
    LookBack ALL = (consumer, partition) -> Long.MAX_VALUE;

    /**
     * @param consumer of whatever topic, to ask for offsets with
     * @return in records, not negative; more than there are for all
     */
    long records(Consumer<?, ?> consumer, TopicPartition partition);
}
