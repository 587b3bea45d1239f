package dev.farshore.nbd.server;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Read-ahead buffers, one a connection, kept for the next: bounded by the number of connections.
 * Threading: any thread.
 */
final class ReadAheadBuffers {
    /** Takes in dozens of 4 KiB writes with one system call. */
    static final int BYTES = 256 << 10;

    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();

    synchronized ByteBuffer take() {
        ByteBuffer buffer = free.pollLast();
        return buffer == null ? ByteBuffer.allocateDirect(BYTES) : buffer;
    }

    synchronized void release(ByteBuffer buffer) {
        free.addLast(buffer);
    }
}
