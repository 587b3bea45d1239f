package dev.farshore.node.metrics;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.nbd.RequestObserver.Operation;
import dev.farshore.schemas.event.Durability;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * How long guests wait, and where what they read comes from. Of the node, not of each volume: a
 * histogram has too many series for that.
 *
 * <p>Threading: any thread. Every series is looked up once, at the start, and counting allocates
 * nothing once it is compiled.
 */
public final class GuestMetrics implements CaptureObserver {
    private static final double SECONDS_PER_NANO = 1e-9;

    /** From a write into the page cache to a guest that is about to give up. */
    private static final double[] WAITS_SECONDS = {
        50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 50e-3, 250e-3, 1, 5
    };

    /** What {@code StableFlush} tells apart. */
    private static final Set<Durability> PROMISES =
            Set.of(Durability.LOCAL, Durability.LOG, Durability.REMOTE);

    private static final Set<ReadSource> OF_OWNER =
            Set.of(ReadSource.JOURNAL, ReadSource.IMAGE, ReadSource.ZEROES);
    private static final Set<ReadSource> OF_LATEST =
            Set.of(
                    ReadSource.IMAGE,
                    ReadSource.ZEROES,
                    ReadSource.LOG,
                    ReadSource.CACHE,
                    ReadSource.TAIL);

    private final Map<Operation, DistributionDataPoint> requests;
    private final Map<Operation, CounterDataPoint> errors;
    private final Map<Durability, DistributionDataPoint> flushes;
    private final Map<ReadSource, CounterDataPoint> ownerReads;
    private final Map<ReadSource, CounterDataPoint> latestReads;

    public GuestMetrics(PrometheusRegistry registry, String site, String node) {
        Histogram durations =
                histogram(
                        "farshore_request_duration_seconds",
                        "From a request's arrival until its answer was ready.",
                        "operation",
                        registry);
        Counter failures =
                counter(
                        "farshore_request_errors",
                        "Requests that were answered with an error.",
                        "operation",
                        registry);
        Histogram waits =
                histogram(
                        "farshore_flush_wait_seconds",
                        "What a FLUSH or a FUA write waited for to be as stable as promised.",
                        "durability",
                        registry);
        Counter ofOwner =
                counter(
                        "farshore_owner_read_bytes",
                        "Bytes read of volumes that are written here, by where they came from.",
                        "source",
                        registry);
        Counter ofLatest =
                counter(
                        "farshore_latest_read_bytes",
                        "Bytes read of @latest views, by where they came from.",
                        "source",
                        registry);
        Set<Operation> operations = Set.of(Operation.values());
        requests = points(Operation.class, operations, of -> durations.labelValues(site, node, of));
        errors = points(Operation.class, operations, of -> failures.labelValues(site, node, of));
        flushes = points(Durability.class, PROMISES, of -> waits.labelValues(site, node, of));
        ownerReads = points(ReadSource.class, OF_OWNER, of -> ofOwner.labelValues(site, node, of));
        latestReads =
                points(ReadSource.class, OF_LATEST, of -> ofLatest.labelValues(site, node, of));
    }

    private static Histogram histogram(
            String name, String help, String label, PrometheusRegistry registry) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames("site", "node", label)
                .classicOnly()
                .classicUpperBounds(WAITS_SECONDS)
                .withoutExemplars()
                .register(registry);
    }

    private static Counter counter(
            String name, String help, String label, PrometheusRegistry registry) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames("site", "node", label)
                .withoutExemplars()
                .register(registry);
    }

    private static <E extends Enum<E>, P> Map<E, P> points(
            Class<E> type, Set<E> values, Function<String, P> points) {
        Map<E, P> all = new EnumMap<>(type);
        for (E value : values) {
            all.put(value, points.apply(value.name().toLowerCase(Locale.ROOT)));
        }
        return all;
    }

    @Override
    public void answered(Operation operation, long nanos) {
        observe(requests.get(operation), nanos);
    }

    @Override
    public void failed(Operation operation) {
        add(errors.get(operation), 1);
    }

    @Override
    public void flushWaited(Durability durability, long nanos) {
        observe(flushes.get(durability == Durability.UNKNOWN ? Durability.LOG : durability), nanos);
    }

    @Override
    public void ownerRead(ReadSource source, long bytes) {
        add(ownerReads.get(source), bytes);
    }

    @Override
    public void latestRead(ReadSource source, long bytes) {
        add(latestReads.get(source), bytes);
    }

    private static void observe(@Nullable DistributionDataPoint point, long nanos) {
        if (point != null) {
            point.observe(nanos * SECONDS_PER_NANO);
        }
    }

    private static void add(@Nullable CounterDataPoint point, long count) {
        if (point != null) {
            point.inc(count);
        }
    }
}
