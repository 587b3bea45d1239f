package dev.farshore.nbd.transmission;

import dev.farshore.nbd.BlockDevice.Completion;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A request that the device does in parts: it is done when all parts are, and fails with the first
 * part that fails. Threading: one thread adds parts and then calls {@link #close}; any completes.
 */
final class SplitRequest implements AutoCloseable {
    private final Request request;
    private final Admission admission;

    /** Guards the fields below. */
    private final Object lock = new Object();

    /** Parts not done, and one until all have been added. */
    private int pending = 1;

    private @Nullable IOException failure;

    SplitRequest(Request request, Admission admission) {
        this.request = request;
        this.admission = admission;
    }

    /** One part more, with a buffer that is to be given back, if any. */
    Completion add(@Nullable ByteBuffer buffer) {
        synchronized (lock) {
            pending++;
        }
        return new Part(buffer);
    }

    boolean hasFailed() {
        synchronized (lock) {
            return failure != null;
        }
    }

    void fail(IOException error) {
        synchronized (lock) {
            if (failure == null) {
                failure = error;
            }
        }
    }

    /** No part comes any more. */
    @Override
    public void close() {
        end();
    }

    private void end() {
        IOException failed;
        synchronized (lock) {
            if (--pending > 0) {
                return;
            }
            failed = failure;
        }
        request.finish(failed);
    }

    private final class Part implements Completion {
        // Handed from thread to thread with the part itself.
        private @Nullable ByteBuffer buffer;
        private boolean isDone;

        Part(@Nullable ByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public synchronized void payloadTaken() {
            ByteBuffer held = buffer;
            buffer = null;
            if (held != null) {
                admission.releaseBuffer(held);
            }
        }

        @Override
        public void complete(@Nullable IOException error) {
            synchronized (this) {
                if (isDone) {
                    request.completedTwice();
                    return;
                }
                isDone = true;
            }
            payloadTaken();
            if (error != null) {
                fail(error);
            }
            end();
        }
    }
}
