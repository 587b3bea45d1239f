package dev.farshore.capture.read.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;

import java.time.Duration;
import java.util.List;

/**
 * Reads records of {@code farshore.writes} from any offset. Threading: one thread, but {@link
 * #wakeUp} from any.
 */
interface RecordStream extends AutoCloseable {

    /** Makes streams. */
    interface Factory {
        /**
         * @param fetchBytes bytes of records in one fetch
         */
        RecordStream open(int fetchBytes);
    }

    /**
     * Returns what one fetch brings: all records that the log has from {@code offset} to the last
     * of them. Empty if nothing has come for a while; the same call again goes on waiting.
     *
     * @throws WakeupException if woken up
     */
    List<ConsumerRecord<byte[], byte[]>> read(int partition, long offset);

    /** Offset of the oldest record there is. */
    long begin(int partition, Duration patience);

    /** Interrupts the stream's thread, or its next wait. */
    void wakeUp();

    @Override
    void close();
}
