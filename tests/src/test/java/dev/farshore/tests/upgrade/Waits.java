package dev.farshore.tests.upgrade;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How long guests have waited, by what they waited for. */
final class Waits {
    private final Map<String, List<Long>> millisByCause = new TreeMap<>();

    void add(String cause, String what, long waitedNs) {
        long millis = waitedNs / 1_000_000;
        millisByCause.computeIfAbsent(cause, _ -> new ArrayList<>()).add(millis);
        System.out.printf("RollingUpgradeTest: %s: %s waited %d ms%n", cause, what, millis);
    }

    long longestMillis(String cause) {
        return of(cause).getLast();
    }

    private List<Long> of(String cause) {
        return millisByCause.getOrDefault(cause, List.of(0L)).stream().sorted().toList();
    }

    void print() {
        millisByCause
                .keySet()
                .forEach(
                        cause -> {
                            List<Long> all = of(cause);
                            System.out.printf(
                                    "RollingUpgradeTest: %s: %d waits, p50 %d ms, longest %d ms%n",
                                    cause, all.size(), all.get(all.size() / 2), all.getLast());
                        });
    }
}
