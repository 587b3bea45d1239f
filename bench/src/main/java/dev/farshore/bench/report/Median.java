package dev.farshore.bench.report;

import java.util.List;

/** The middle of what several rounds showed: one disturbed round does not count. */
public final class Median {
    private Median() {}

    /**
     * @throws IllegalArgumentException if there is no value
     */
    public static double of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("the median of nothing");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
