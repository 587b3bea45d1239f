package dev.farshore.bench.capture;

import com.sun.management.ThreadMXBean;

import jdk.jfr.consumer.RecordingStream;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What this process allocates, and how long its collector stops it. */
final class GarbageCollector {
    private GarbageCollector() {}

    /** Since the process started, by all threads. */
    static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getTotalThreadAllocatedBytes();
    }

    /** Watches for the collector's pauses. */
    static final class Pauses implements AutoCloseable {
        private final RecordingStream events = new RecordingStream();
        private final AtomicLong longestNanos = new AtomicLong();

        Pauses() {
            events.enable("jdk.GCPhasePause").withoutThreshold();
            events.onEvent(
                    "jdk.GCPhasePause",
                    event ->
                            longestNanos.accumulateAndGet(
                                    event.getDuration().toNanos(), Math::max));
            events.startAsync();
        }

        /** To be asked at the end: it stops the watching. */
        Duration longest() {
            events.stop();
            return Duration.ofNanos(longestNanos.get());
        }

        @Override
        public void close() {
            events.close();
        }
    }
}
