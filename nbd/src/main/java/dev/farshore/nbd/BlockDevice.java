package dev.farshore.nbd;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One client's handle on an export. Requests are validated before they get here: in range, and in
 * multiples of {@link #BLOCK_BYTES}, which this calls sectors.
 *
 * <p>Threading: any number of requests at once from any thread. The methods that take a {@link
 * Completion} never block for long: they complete on the calling thread when they can, else later
 * on another. Requests in flight together may be done in any order.
 */
public interface BlockDevice extends AutoCloseable {
    /** Smallest unit of a request. */
    int BLOCK_BYTES = 512;

    long sizeBytes();

    boolean isReadOnly();

    /**
     * Fills {@code into} from {@code offset}. Blocks; reflects every write completed before the
     * call.
     */
    void read(long offset, ByteBuffer into) throws IOException;

    /**
     * Writes {@code payload}, which belongs to the device until it tells {@code done} that it has
     * taken it, or is done.
     *
     * @param fua complete only when stable, as the volume's durability mode says
     */
    void write(long offset, ByteBuffer payload, boolean fua, Completion done);

    /**
     * Writes a range that begins or ends within a sector. To others it is one write of just that
     * range: the rest of its sectors stays as it is, even if others write it meanwhile.
     *
     * @param offset of the first sector
     * @param sectors as the payload of {@link #write}: whole sectors, of which the device fills in
     *     what is not the client's
     * @param headBytes bytes at the beginning that are not the client's
     * @param tailBytes bytes at the end that are not
     */
    void writeUnaligned(
            long offset,
            ByteBuffer sectors,
            int headBytes,
            int tailBytes,
            boolean fua,
            Completion done);

    /**
     * @param mayPunch whether the range may become a hole
     */
    void writeZeroes(long offset, long length, boolean mayPunch, boolean fua, Completion done);

    /** Discards a range; it reads as zeroes after that. */
    void trim(long offset, long length, boolean fua, Completion done);

    /**
     * Completes when every write completed before the call, on any connection, is stable as the
     * volume's durability mode says.
     */
    void flush(Completion done);

    /**
     * Whether {@link #writeZeroes} takes less time than writing that many zeroes would: clients ask
     * with FAST_ZERO, and write the zeroes themselves if not.
     */
    default boolean isZeroingFast(boolean mayPunch) {
        return true;
    }

    /**
     * Whether {@link #read} of that range certainly does not block, as all of it is in memory: it
     * is then done on the connection's reader. One that does block holds up its connection.
     */
    default boolean canReadAtOnce(long offset, long length) {
        return false;
    }

    /**
     * Does a read without a thread waiting for it, if it can: fills {@code into}, which belongs to
     * the device until it calls {@code done}. Called by the thread that makes the requests; does
     * not block.
     *
     * @return false if it does not: then {@link #read} is to be called
     */
    default boolean readLater(long offset, ByteBuffer into, Completion done) {
        return false;
    }

    /** The client is about to read the range: a hint, followed up in the background if at all. */
    default void prefetch(long offset, long length) {}

    /** Which blocks are allocated, and what else the device knows of them. */
    default BlockStatusSource blockStatus() {
        return BlockStatusSource.ALLOCATED;
    }

    /** Told of the requests to this device. */
    default RequestObserver observer() {
        return RequestObserver.NONE;
    }

    /**
     * Everything done is answered, and the client has sent nothing more: the moment for work that
     * must not delay an answer. Called by the thread that makes the requests.
     */
    default void settle() {}

    /** The client has left; no more requests follow. */
    @Override
    void close();

    /** Told once when a request is done, on any thread; must not block. */
    interface Completion {
        /**
         * The payload of the write is not needed any more, though the write is not done yet. Told
         * at most once, before {@link #complete}, on any thread; does not block.
         */
        default void payloadTaken() {}

        /**
         * @param error what went wrong; null when nothing did
         */
        void complete(@Nullable IOException error);
    }
}
