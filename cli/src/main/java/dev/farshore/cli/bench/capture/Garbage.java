package dev.farshore.cli.bench.capture;

import com.sun.management.ThreadMXBean;

import jdk.jfr.consumer.RecordingStream;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What this process allocates, and how long its collector stops it, from start to end. */
final class Garbage implements AutoCloseable {
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final RecordingStream events = new RecordingStream();
    private final AtomicLong longestPauseNanos = new AtomicLong();
    private final long allocatedBefore;

    Garbage() {
        events.enable("jdk.GCPhasePause").withoutThreshold();
        events.onEvent(
                "jdk.GCPhasePause",
                event ->
                        longestPauseNanos.accumulateAndGet(
                                event.getDuration().toNanos(), Math::max));
        events.startAsync();
        allocatedBefore = threads.getTotalThreadAllocatedBytes();
    }

    long allocatedBytes() {
        return threads.getTotalThreadAllocatedBytes() - allocatedBefore;
    }

    /** To be asked at the end: it stops the watching. */
    Duration longestPause() {
        events.stop();
        return Duration.ofNanos(longestPauseNanos.get());
    }

    @Override
    public void close() {
        events.close();
    }
}
