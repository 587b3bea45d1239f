package dev.farshore.nbd.transmission;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.nbd.NbdProtocol;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A request from its arrival until its reply is sent. It is its own completion and its own task, so
 * that it is the only object made for it.
 *
 * <p>Threading: made by the connection's reader; completed once, by any thread; after that it
 * belongs to {@link Replies}.
 */
final class Request implements BlockDevice.Completion, Runnable {
    static final int ALL_CONTEXTS = -1;
    static final int NO_VALID_CHOICE = 0;

    /** Hears what becomes of a request. */
    interface Owner {
        /** Does the work of a request that may block, on a thread that may, and has it answered. */
        void performAndReply(Request request);

        /** The device has the payload of a write: nobody needs it here until the write is done. */
        void payloadTaken(Request request);

        /** It is done, or failed, or is refused. Any thread; blocks on the reader only. */
        void done(Request request);

        /** It can't be carried out; {@link #done} follows. */
        void failed(Request request, Throwable failure);

        /** The device is at fault; nothing is sent again. */
        void completedTwice(Request request);
    }

    private static final VarHandle COMPLETED;

    static {
        try {
            COMPLETED =
                    MethodHandles.lookup().findVarHandle(Request.class, "completed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Owner owner;
    final int command;
    final int flags;
    final long cookie;
    final long offset;

    /** Bytes of the export it is about. */
    final long length;

    /** Bytes that follow it on the wire. */
    final long payloadBytes;

    /** The contexts a BLOCK_STATUS is about: bit n stands for id n. */
    final int contexts;

    /**
     * Of a write: its payload, until the device has it. Of a reply that carries data: the whole
     * reply.
     */
    @Nullable ByteBuffer buffer;

    /** Whether it is a read that is done while its reply is sent, piece by piece. */
    boolean isStreamed;

    /** Whether it was done by a thread of the device's, which does not send the reply. */
    boolean isDoneLater;

    private int error = NbdProtocol.OK;
    private String errorText = "";

    @SuppressWarnings("UnusedVariable") // through COMPLETED
    private boolean completed;

    /** When its header had come, as {@link System#nanoTime}. */
    private final long arrivedAtNanos = System.nanoTime();

    /** Next in the list of {@link Replies}, and guarded by its lock. */
    @Nullable Request next;

    Request(
            Owner owner,
            int command,
            int flags,
            long cookie,
            long offset,
            long length,
            long payloadBytes,
            int contexts) {
        this.owner = owner;
        this.command = command;
        this.flags = flags;
        this.cookie = cookie;
        this.offset = offset;
        this.length = length;
        this.payloadBytes = payloadBytes;
        this.contexts = contexts;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether it is of whole sectors. */
    boolean isAligned() {
        return ((offset | length) & (BlockDevice.BLOCK_BYTES - 1)) == 0;
    }

    /** Where the first sector begins that it touches. */
    long firstSector() {
        return offset - headBytes();
    }

    /** Where the last sector ends that it touches. */
    long endOfSectors() {
        return offset + length + tailBytes();
    }

    /** Bytes of its first sector that come before it. */
    int headBytes() {
        return (int) (offset & (BlockDevice.BLOCK_BYTES - 1));
    }

    /** Bytes of its last sector that come behind it. */
    int tailBytes() {
        return (int) (-(offset + length) & (BlockDevice.BLOCK_BYTES - 1));
    }

    ByteBuffer requireBuffer() {
        return Objects.requireNonNull(buffer);
    }

    long ageNanos() {
        return System.nanoTime() - arrivedAtNanos;
    }

    int error() {
        return error;
    }

    String errorText() {
        return errorText;
    }

    @Override
    public void run() {
        owner.performAndReply(this);
    }

    @Override
    public void complete(@Nullable IOException failure) {
        finish(failure);
    }

    void finish(@Nullable Throwable failure) {
        if (!COMPLETED.compareAndSet(this, false, true)) {
            completedTwice();
            return;
        }
        if (failure != null) {
            fail(failure);
        }
        owner.done(this);
    }

    void completedTwice() {
        owner.completedTwice(this);
    }

    /** Says how it failed in the reply. */
    void fail(Throwable failure) {
        error = NbdErrors.of(failure);
        errorText = NbdErrors.text(failure);
        owner.failed(this, failure);
    }

    @Override
    public void payloadTaken() {
        owner.payloadTaken(this);
    }

    void refuse(RequestError why) {
        COMPLETED.setVolatile(this, true);
        error = why.error;
        errorText = why.text;
        owner.done(this);
    }

    @Override
    public String toString() {
        return "request of type " + command + " at " + offset + " for " + length + " bytes";
    }
}
