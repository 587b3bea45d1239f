package dev.farshore.apply.topology;

import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.StreamPartitioner;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * Key of {@code farshore.progress}, and the partition it belongs to, which the bytes do not show:
 * that of the volume in all topics, never a hash.
 */
record ProgressKey(String vvol, String site, int partition) {

    static Serializer<ProgressKey> serializer() {
        return (topic, key) -> key.text().getBytes(StandardCharsets.UTF_8);
    }

    /** {@code vvol@site}. */
    String text() {
        return vvol + "@" + site;
    }

    static <V> StreamPartitioner<ProgressKey, V> partitioner() {
        return new StreamPartitioner<>() {
            @Override
            public Optional<Set<Integer>> partitions(
                    String topic, ProgressKey key, V value, int partitionCount) {
                return Optional.of(Set.of(key.partition()));
            }
        };
    }
}
