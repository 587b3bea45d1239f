package dev.farshore.testkit.workload;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** What one volume's guest does, one operation after the other. Threading: one thread. */
public interface OperationSource extends AutoCloseable {
    /**
     * An operation and when to send it.
     *
     * @param dueNs since the start of the workload; a time that has passed means at once
     */
    record Timed(Operation operation, long dueNs) {}

    /**
     * @param nowNs since the start of the workload
     * @return null when there are no more
     */
    @Nullable Timed next(long nowNs) throws IOException;

    @Override
    default void close() throws IOException {}
}
