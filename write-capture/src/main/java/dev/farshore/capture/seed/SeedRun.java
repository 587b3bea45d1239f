package dev.farshore.capture.seed;

import dev.farshore.schemas.log.SeedNote;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * A seed under way: puts what the source has allocated into the log, in ascending order, while the
 * guest writes.
 *
 * <p><b>No live write is overwritten.</b> A range is read first, without any lock. Then, under the
 * volume's lock, {@link SeedTarget#append} finds the parts that no event has touched since {@code
 * SEED_STARTED}. The source had their newest content when it was read, and still has it; they
 * become events, which touch them. A write that comes later has a higher seq. The other parts are
 * left out: their newest content is in the log already.
 *
 * <p><b>Nothing else is left out</b> but what reads as zeroes in an image that began empty at
 * {@code SEED_STARTED}: holes of the source, and blocks of zeroes. So after {@code SEED_FINISHED}
 * such an image has all of the volume.
 *
 * <p>Threading: a thread of its own runs it; any other asks and stops.
 */
public final class SeedRun implements AutoCloseable {
    /** Bytes read and appended at a time, as one event. */
    static final int PIECE_BYTES = 256 * 1024;

    private static final Logger log = LoggerFactory.getLogger(SeedRun.class);
    private static final int BLOCK_BYTES = 4096;
    private static final long WAIT_NANOS = 2_000_000;
    private static final long RETRY_NANOS = 2_000_000_000L;

    /** A seed that is slower than its limit may catch up so much at full speed. */
    private static final long SLACK_NANOS = 100_000_000;

    private final String vvol;
    private final SeedNote note;
    private final long startedSeq;
    private final SeedSource source;
    private final SeedTarget target;
    private final TouchedRanges touched;
    private final LongSupplier bytesPerSecond;
    private final Thread thread;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    private long throttledUntilNs = System.nanoTime();

    private volatile boolean isClosed;
    private volatile boolean isFinished;

    /** Only the seed's thread writes it. */
    private volatile long doneBytes;

    private volatile long totalBytes;
    private volatile String problem = "";

    /**
     * @param startedSeq of the {@code SEED_STARTED}, which is appended
     * @param source stays the caller's to close, after this
     * @param touched by the events since
     * @param bytesPerSecond limit of the moment; 0 for none
     */
    public SeedRun(
            String vvol,
            SeedNote note,
            long startedSeq,
            SeedSource source,
            SeedTarget target,
            TouchedRanges touched,
            LongSupplier bytesPerSecond) {
        this.vvol = vvol;
        this.note = note;
        this.startedSeq = startedSeq;
        this.source = source;
        this.target = target;
        this.touched = touched;
        this.bytesPerSecond = bytesPerSecond;
        this.thread = Thread.ofVirtual().name("seed-" + vvol).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Its id, as in the log. */
    public long id() {
        return note.id();
    }

    /** Whether {@code SEED_FINISHED} is appended. */
    public boolean isFinished() {
        return isFinished;
    }

    /** Bytes of the source that are in the log, or need not be. */
    public long doneBytes() {
        return doneBytes;
    }

    /** Bytes that the source has allocated; 0 while they are being counted. */
    public long totalBytes() {
        return totalBytes;
    }

    /** Why it does not go on now; empty if it does. */
    public String problem() {
        return problem;
    }

    private void run() {
        log.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("seed", note)
                .addKeyValue("seq", startedSeq)
                .log("seed begins");
        long at = 0;
        while (!isClosed && !isFinished) {
            try {
                awaitApplied();
                count();
                at = seedFrom(at);
                isFinished = at >= touched.limit() && target.finish(note.toString());
                problem = "";
                if (!isFinished) {
                    pause(WAIT_NANOS);
                }
            } catch (IOException e) {
                retryLater(e);
            }
        }
        if (isFinished) {
            log.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seed", note)
                    .addKeyValue("bytes", doneBytes)
                    .log("seed is finished");
        }
    }

    private void retryLater(IOException e) {
        String reason = String.valueOf(e.getMessage());
        if (!reason.equals(problem)) {
            problem = reason;
            log.atWarn()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("seed", note)
                    .setCause(e)
                    .log("seed does not go on; trying again");
        }
        pause(RETRY_NANOS);
    }

    /** Parks instead of sleeping: an interrupt would close the files that are being read. */
    private void pause(long nanos) {
        if (!isClosed) {
            LockSupport.parkNanos(nanos);
        }
    }

    /**
     * If the source is the volume itself, its image tells what is allocated. So the image must have
     * applied everything before the seed; what comes later is touched.
     */
    private void awaitApplied() {
        while (!isClosed && target.appliedSeq() < startedSeq) {
            pause(WAIT_NANOS);
        }
    }

    private void count() throws IOException {
        if (totalBytes > 0) {
            return;
        }
        long end = touched.limit();
        long bytes = 0;
        for (long from = source.nextData(0, end); from < end; ) {
            long to = source.nextHole(from, end);
            bytes += to - from;
            from = source.nextData(to, end);
        }
        totalBytes = bytes;
    }

    /** Returns how far it got: the end, or where the seed was closed. */
    private long seedFrom(long begin) throws IOException {
        long at = begin;
        while (!isClosed) {
            long end = touched.limit();
            long data = source.nextData(at, end);
            touched.pass(Math.min(sectorBefore(data), end));
            if (data >= end) {
                return end;
            }
            long from = sectorBefore(data);
            long to = Math.min(sectorBehind(source.nextHole(data, end)), from + PIECE_BYTES);
            if (touched.nextUntouched(from, to) < to) {
                awaitTurn((int) (to - from));
                seed(from, (int) (to - from));
            }
            touched.pass(to);
            long done = doneBytes + (to - from);
            doneBytes = done;
            at = to;
        }
        return at;
    }

    private static long sectorBefore(long offset) {
        return offset - offset % TouchedRanges.SECTOR_BYTES;
    }

    private static long sectorBehind(long offset) {
        return sectorBefore(offset + TouchedRanges.SECTOR_BYTES - 1);
    }

    /** Waits for the guest's writes, and for the seed's limit. */
    private void awaitTurn(int bytes) {
        while (!isClosed && !target.hasRoom()) {
            pause(WAIT_NANOS);
        }
        long limit = bytesPerSecond.getAsLong();
        if (limit > 0) {
            long nowNs = System.nanoTime();
            long waitNs = throttledUntilNs - nowNs;
            while (waitNs > 0 && !isClosed) {
                pause(waitNs);
                waitNs = throttledUntilNs - System.nanoTime();
            }
            throttledUntilNs =
                    Math.max(throttledUntilNs, nowNs - SLACK_NANOS) + (long) (bytes * 1e9 / limit);
        }
    }

    private void seed(long offset, int bytes) throws IOException {
        piece.clear().limit(bytes);
        source.read(offset, piece);
        int from = 0;
        while (from < bytes && !isClosed) {
            boolean isZero = isZero(from, bytes);
            int to = blockEnd(from, bytes);
            while (to < bytes && isZero(to, bytes) == isZero) {
                to = blockEnd(to, bytes);
            }
            if (!isZero) {
                append(offset + from, piece.slice(from, to - from));
            }
            from = to;
        }
    }

    private void append(long offset, ByteBuffer data) throws IOException {
        while (!isClosed && !target.append(offset, data)) {
            pause(WAIT_NANOS);
        }
    }

    private static int blockEnd(int from, int end) {
        return Math.min(end, from + BLOCK_BYTES);
    }

    private boolean isZero(int from, int end) {
        int until = blockEnd(from, end);
        for (int at = from; at < until; at += Long.BYTES) {
            if (piece.getLong(at) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Stops, and waits for the thread to end. */
    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
