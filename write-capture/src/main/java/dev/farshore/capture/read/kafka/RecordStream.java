package dev.farshore.capture.read.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;

import java.time.Duration;
import java.util.List;

/**
 * Records of {@code farshore.writes} from anywhere. Threading: one thread, but {@link #wakeUp} from
 * any.
 */
interface RecordStream extends AutoCloseable {

    /** Makes streams. */
    interface Factory {
        /**
         * @param fetchBytes of records at a time
         */
        RecordStream open(int fetchBytes);
    }

    /**
     * What one fetch brings: every record that the log has from {@code offset} to the last of them.
     * Empty if nothing has come for a while; the same call again goes on waiting.
     *
     * @throws WakeupException if woken up
     */
    List<ConsumerRecord<byte[], byte[]>> read(int partition, long offset);

    /** Offset of the oldest record there is. */
    long begin(int partition, Duration patience);

    /** Ends what the stream's thread waits for, or will wait for next. */
    void wakeUp();

    @Override
    void close();
}
