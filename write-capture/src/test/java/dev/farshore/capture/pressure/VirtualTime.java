package dev.farshore.capture.pressure;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A clock that goes on only when it is told to, and a timer on it that is late now and then, as on
 * a busy machine. It runs its tasks in the caller's thread. One thread only.
 */
final class VirtualTime extends ScheduledThreadPoolExecutor {
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(timer -> timer.atNanos));
    private final Random random;
    private final long latestNanos;
    private long nowNanos = 1_000_000_000;

    /**
     * @param latestNanos timers come later than asked for by less than that
     */
    VirtualTime(long seed, long latestNanos) {
        super(0);
        this.random = new Random(seed);
        this.latestNanos = latestNanos;
    }

    private final class Timer extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final long atNanos;

        Timer(Runnable task, long atNanos) {
            super(task, null);
            this.atNanos = atNanos;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(atNanos - nowNanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(
                    getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    long nanoTime() {
        return nowNanos;
    }

    /** Lets time pass until the next timer, which runs. */
    void toNextTimer() {
        Timer next = timers.remove();
        nowNanos = Math.max(nowNanos, next.atNanos);
        next.run();
    }

    /** Lets time pass; timers that are due meanwhile run. */
    void pass(long nanos) {
        long endNanos = nowNanos + nanos;
        while (!timers.isEmpty() && timers.peek().atNanos <= endNanos) {
            toNextTimer();
        }
        nowNanos = endNanos;
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        long lateNanos = latestNanos == 0 ? 0 : random.nextLong(latestNanos);
        Timer timer = new Timer(task, nowNanos + unit.toNanos(delay) + lateNanos);
        timers.add(timer);
        return timer;
    }
}
