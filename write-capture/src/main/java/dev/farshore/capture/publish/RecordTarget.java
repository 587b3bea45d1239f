package dev.farshore.capture.publish;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

import java.nio.charset.StandardCharsets;

/** Where one volume's records go: the same partition of both topics, under its name as key. */
final class RecordTarget {
    private final String vvol;
    private final byte[] key;
    private final int partition;

    RecordTarget(String vvol, int partition) {
        this.vvol = vvol;
        this.key = vvol.getBytes(StandardCharsets.UTF_8);
        this.partition = partition;
    }

    String vvol() {
        return vvol;
    }

    int partition() {
        return partition;
    }

    TopicPartition writes() {
        return new TopicPartition(Topics.WRITES, partition);
    }

    TopicPartition headers() {
        return new TopicPartition(Topics.HEADERS, partition);
    }

    ProducerRecord<byte[], byte[]> event(byte[] value) {
        return new ProducerRecord<>(Topics.WRITES, partition, key, value);
    }

    ProducerRecord<byte[], byte[]> header(byte[] value) {
        return new ProducerRecord<>(Topics.HEADERS, partition, key, value);
    }
}
