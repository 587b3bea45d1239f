package dev.farshore.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.farshore.capture.observe.CaptureObserver.ReadSource;
import dev.farshore.nbd.RequestObserver.Operation;
import dev.farshore.schemas.event.Durability;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

class GuestMetricsTest {
    /** Some seconds: a compiler that is busy elsewhere takes its time. */
    private static final int MAX_ROUNDS = 1_000;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final GuestMetrics metrics = new GuestMetrics(registry, "la", "la-1");

    private MetricSnapshot family(String name) {
        return registry.scrape(name::equals).stream().findFirst().orElseThrow();
    }

    private HistogramDataPointSnapshot histogram(String name, String label, String value) {
        return ((HistogramSnapshot) family(name))
                .getDataPoints().stream()
                        .filter(point -> value.equals(point.getLabels().get(label)))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void shouldCountRequestsByOperationInSeconds() {
        metrics.answered(Operation.WRITE, 300_000);
        metrics.answered(Operation.WRITE, 2_000_000_000);
        HistogramDataPointSnapshot writes =
                histogram("farshore_request_duration_seconds", "operation", "write");
        assertThat(writes.getCount()).isEqualTo(2);
        assertThat(writes.getSum()).isEqualTo(2.0003);
        assertThat(writes.getClassicBuckets().getUpperBound(3)).isEqualTo(500e-6);
        assertThat(writes.getClassicBuckets().getCount(3)).isEqualTo(1);
        assertThat(histogram("farshore_request_duration_seconds", "operation", "read").getCount())
                .isZero();
    }

    @Test
    void shouldCountAFlushWithoutAModeAsOneThatWaitsForTheLog() {
        metrics.flushWaited(Durability.UNKNOWN, 1);
        assertThat(histogram("farshore_flush_wait_seconds", "durability", "log").getCount())
                .isEqualTo(1);
    }

    /** Not before the loop is compiled: the library's small objects are gone only then. */
    @Test
    void shouldAllocateNothingForARequestOnceCompiled() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < MAX_ROUNDS && allocated >= 100_000; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            countMany(100_000);
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThan(100_000);
    }

    private void countMany(int count) {
        for (int each = 0; each < count; each++) {
            metrics.answered(Operation.WRITE, each);
            metrics.flushWaited(Durability.LOG, each);
            metrics.ownerRead(ReadSource.IMAGE, 4096);
        }
    }
}
