package dev.farshore.nbd;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** A device whose requests end when, and as, a test says. */
final class GatedDevice extends MemoryDevice {
    /** Writes that have arrived, for the test to complete. */
    final BlockingQueue<Completion> writes = new LinkedBlockingQueue<>();

    final CountDownLatch reads = new CountDownLatch(1);
    volatile @Nullable IOException readFailure;
    volatile @Nullable RuntimeException defect;

    GatedDevice() {
        super(TestServer.SIZE_BYTES);
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        RuntimeException thrown = defect;
        if (thrown != null) {
            throw thrown;
        }
        IOException failure = readFailure;
        if (failure != null) {
            throw failure;
        }
        try {
            reads.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        super.read(offset, into);
    }

    @Override
    public void write(long offset, ByteBuffer payload, boolean fua, Completion done) {
        RuntimeException thrown = defect;
        if (thrown != null) {
            throw thrown;
        }
        writes.add(done);
    }
}
