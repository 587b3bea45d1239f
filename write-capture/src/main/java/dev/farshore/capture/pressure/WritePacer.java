package dev.farshore.capture.pressure;

import dev.farshore.nbd.BlockDevice.Completion;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Slows one VM's writes to a limit by holding back their replies, so that the guest waits.
 *
 * <p>The reply is held, not the write: that is in the journal, in its order, as without a limit. So
 * nothing waits behind a held write: not a read, not a flush (it speaks for writes that were
 * answered before it), not a seal. A guest keeps a bounded number of requests in flight, so what it
 * writes ahead of its replies is bounded, and over time it writes as fast as it is answered.
 *
 * <p>Replies are paced by the generic cell rate algorithm: each reply moves the time at which the
 * limit is used up by its own cost, and is due when that time, before it, is at most {@value
 * #BURST_NANOS} ns ahead. So replies come evenly, one by one; after a pause, up to 5 ms' worth come
 * at once; and a timer that is late by less than that costs no throughput. A write waits no longer
 * than the writes in flight before it take at the limit.
 *
 * <p>Threading: any thread; completions are called outside the lock.
 */
public final class WritePacer {
    static final long BURST_NANOS = 5_000_000;

    private record Held(
            long dueNanos, long sinceNanos, WriteCounters counters, Completion completion) {}

    private final ScheduledExecutorService timer;
    private final LongSupplier nanoClock;

    /** Guards the fields below; the limit can be read without it. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Queue<Held> held = new ArrayDeque<>();
    private long bytesUsedUpNanos;
    private long writesUsedUpNanos;
    private @Nullable ScheduledFuture<?> nextRelease;
    private volatile WriteLimit limit = WriteLimit.NONE;

    WritePacer(ScheduledExecutorService timer, LongSupplier nanoClock) {
        this.timer = timer;
        this.nanoClock = nanoClock;
    }

    public WriteLimit limit() {
        return limit;
    }

    /** Uses another limit from now on; sends what the earlier one held. */
    public void use(WriteLimit newLimit) {
        List<Held> released;
        lock.lock();
        try {
            if (newLimit.equals(limit)) {
                return;
            }
            limit = newLimit;
            bytesUsedUpNanos = nanoClock.getAsLong();
            writesUsedUpNanos = bytesUsedUpNanos;
            released = List.copyOf(held);
            held.clear();
            if (nextRelease != null) {
                nextRelease.cancel(false);
            }
        } finally {
            lock.unlock();
        }
        complete(released);
    }

    /**
     * A write is done; completes it when the limit allows.
     *
     * @param bytes of its payload
     * @param completion called when its reply may be sent
     */
    public void complete(long bytes, WriteCounters counters, Completion completion) {
        counters.wrote(bytes);
        if (limit.isNone() || !hold(bytes, counters, completion)) {
            completion.complete(null);
        }
    }

    private boolean hold(long bytes, WriteCounters counters, Completion completion) {
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            long bytesDue = Math.max(bytesUsedUpNanos, now);
            long writesDue = Math.max(writesUsedUpNanos, now);
            bytesUsedUpNanos = bytesDue + limit.nanosOfBytes(bytes);
            writesUsedUpNanos = writesDue + limit.nanosOfOneWrite();
            long dueNanos = Math.max(bytesDue, writesDue) - BURST_NANOS;
            if (dueNanos <= now && held.isEmpty()) {
                return false;
            }
            held.add(new Held(dueNanos, now, counters, completion));
            if (held.size() == 1) {
                schedule(dueNanos - now);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void schedule(long delayNanos) {
        try {
            nextRelease = timer.schedule(this::releaseDue, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // The node stops: its clients are disconnected, and nobody waits for a reply.
            held.clear();
        }
    }

    private void releaseDue() {
        List<Held> due = new ArrayList<>();
        lock.lock();
        try {
            long now = nanoClock.getAsLong();
            Held first = held.peek();
            while (first != null && first.dueNanos() <= now) {
                due.add(held.remove());
                first = held.peek();
            }
            if (first != null) {
                schedule(first.dueNanos() - now);
            }
        } finally {
            lock.unlock();
        }
        complete(due);
    }

    private void complete(List<Held> released) {
        long now = nanoClock.getAsLong();
        for (Held write : released) {
            write.counters().held(now - write.sinceNanos());
            write.completion().complete(null);
        }
    }
}
