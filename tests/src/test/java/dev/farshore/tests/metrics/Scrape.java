package dev.farshore.tests.metrics;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An answer to {@code GET /metrics} in Prometheus' text format.
 *
 * @param text as it was sent
 * @param types by family
 */
record Scrape(String text, Map<String, String> types, List<Series> series) {
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern PART_OF_FAMILY = Pattern.compile("_(bucket|sum|count|created)$");

    /**
     * @param family whose sample it is
     * @param name with a suffix such as {@code _bucket}
     */
    record Series(String family, String name, Map<String, String> labels, double value) {}

    static Scrape of(URI metrics) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(metrics).build(),
                            HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(metrics + ": " + answer.statusCode() + " " + answer.body());
            }
            return parse(answer.body());
        }
    }

    static Scrape parse(String text) {
        Map<String, String> types = new TreeMap<>();
        List<Series> series = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ");
                types.put(words[2], words[3]);
            } else if (!line.startsWith("#") && !line.isBlank()) {
                series.add(sample(line, types));
            }
        }
        return new Scrape(text, types, series);
    }

    private static Series sample(String line, Map<String, String> types) {
        Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new IllegalArgumentException("no sample: " + line);
        }
        Map<String, String> labels = new TreeMap<>();
        if (sample.group(2) != null) {
            Matcher label = LABEL.matcher(sample.group(2));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
        }
        String name = sample.group(1);
        String family =
                types.containsKey(name) ? name : PART_OF_FAMILY.matcher(name).replaceAll("");
        double value =
                sample.group(3).equals("+Inf")
                        ? Double.POSITIVE_INFINITY
                        : Double.parseDouble(sample.group(3));
        return new Series(family, name, labels, value);
    }

    long count(Predicate<Series> which) {
        return series.stream().filter(which).count();
    }

    /**
     * Names of the labels that tell a family's series apart; not the bounds of buckets.
     *
     * @param isOfEveryProcess to leave out what says which process it is
     */
    Set<String> labelsOf(String family, boolean isOfEveryProcess) {
        return series.stream()
                .filter(each -> each.family().equals(family))
                .flatMap(each -> each.labels().keySet().stream())
                .filter(label -> !label.equals("le") && !label.equals("quantile"))
                .filter(label -> !isOfEveryProcess || !Set.of("site", "node").contains(label))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
