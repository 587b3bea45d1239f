package dev.farshore.bench.capture;

import dev.farshore.bench.capture.CaptureBench.Pattern;
import dev.farshore.bench.load.LoadResult;
import dev.farshore.bench.report.Median;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All that the rounds measured; asked for a figure, it gives the median of the rounds. */
final class Samples {
    private record Key(BenchTarget contestant, Pattern pattern) {}

    private final Map<Key, List<LoadResult>> loads = new HashMap<>();
    private final Map<Pattern, List<Double>> produced = new EnumMap<>(Pattern.class);
    private final Map<Pattern, List<Double>> consumed = new EnumMap<>(Pattern.class);
    private final List<Double> flushMicros = new ArrayList<>();
    private final List<Double> sendMicros = new ArrayList<>();
    private final Map<BenchTarget, List<Double>> allocated = new EnumMap<>(BenchTarget.class);
    private final Map<BenchTarget, Double> longestPause = new EnumMap<>(BenchTarget.class);

    void add(BenchTarget contestant, Pattern pattern, LoadResult result) {
        loads.computeIfAbsent(new Key(contestant, pattern), key -> new ArrayList<>()).add(result);
    }

    void addProduced(Pattern pattern, double perSecond) {
        produced.computeIfAbsent(pattern, key -> new ArrayList<>()).add(perSecond);
    }

    void addConsumed(Pattern pattern, double perSecond) {
        consumed.computeIfAbsent(pattern, key -> new ArrayList<>()).add(perSecond);
    }

    void addFlushMicros(double micros) {
        flushMicros.add(micros);
    }

    void addSendMicros(double micros) {
        sendMicros.add(micros);
    }

    void addGarbage(BenchTarget contestant, double bytesPerWrite, double pauseMillis) {
        allocated.computeIfAbsent(contestant, key -> new ArrayList<>()).add(bytesPerWrite);
        longestPause.merge(contestant, pauseMillis, Math::max);
    }

    /** Null if it was not run. */
    @Nullable LoadResult find(BenchTarget contestant, Pattern pattern) {
        List<LoadResult> results = loads.get(new Key(contestant, pattern));
        return results == null
                ? null
                : new LoadResult(
                        median(results, LoadResult::perSecond),
                        median(results, LoadResult::p50Micros),
                        median(results, LoadResult::p99Micros));
    }

    LoadResult require(BenchTarget contestant, Pattern pattern) {
        LoadResult result = find(contestant, pattern);
        if (result == null) {
            throw new IllegalStateException("not measured: " + contestant + ", " + pattern);
        }
        return result;
    }

    double produced(Pattern pattern) {
        return Median.of(produced.getOrDefault(pattern, List.of()));
    }

    double consumed(Pattern pattern) {
        return Median.of(consumed.getOrDefault(pattern, List.of()));
    }

    double flushMicros() {
        return Median.of(flushMicros);
    }

    double sendMicros() {
        return Median.of(sendMicros);
    }

    double allocatedBytesPerWrite(BenchTarget contestant) {
        return Median.of(allocated.getOrDefault(contestant, List.of()));
    }

    double longestPauseMillis(BenchTarget contestant) {
        return longestPause.getOrDefault(contestant, Double.NaN);
    }

    private static double median(List<LoadResult> results, ToDoubleFunction<LoadResult> figure) {
        return Median.of(results.stream().map(figure::applyAsDouble).toList());
    }
}
