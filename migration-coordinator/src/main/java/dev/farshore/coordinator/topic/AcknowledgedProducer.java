package dev.farshore.coordinator.topic;

import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends records and waits until Kafka has acknowledged all. */
final class AcknowledgedProducer<V> {
    private final Producer<String, V> producer;
    private final Duration patience;

    AcknowledgedProducer(Producer<String, V> producer, Duration patience) {
        this.producer = producer;
        this.patience = patience;
    }

    /**
     * @return where they are, in the order given
     * @throws TopicException if one is not acknowledged; the others may be in the log
     */
    List<RecordMetadata> send(List<ProducerRecord<String, V>> records) {
        List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
        List<RecordMetadata> positions = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            ProducerRecord<String, V> record = records.get(i);
            try {
                positions.add(sent.get(i).get(patience.toMillis(), TimeUnit.MILLISECONDS));
            } catch (ExecutionException e) {
                throw notWritten(record, e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException e) {
                throw notWritten(record, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw notWritten(record, e);
            }
        }
        return positions;
    }

    private static TopicException notWritten(ProducerRecord<String, ?> record, Throwable cause) {
        return new TopicException(
                "%s: %s was not acknowledged: %s".formatted(record.topic(), record.key(), cause),
                cause);
    }
}
