package dev.farshore.tests.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The tables of {@code docs/metrics.md}: one for each process, and one for what both have. */
final class MetricsPage {
    private static final Path PAGE = Path.of("..", "docs", "metrics.md");
    private static final String ROW = "| `";
    private static final Pattern SERIES =
            Pattern.compile("at most (\\d+), and (\\d+) for each volume");

    /**
     * @param isOfEveryProcess whether nodes add their site and name to its labels
     * @param isAlways whether it is in every scrape of a process that works
     */
    record Row(
            String family,
            String type,
            Set<String> labels,
            boolean isOfEveryProcess,
            boolean isAlways,
            String meaning) {}

    private final List<String> lines;

    private MetricsPage(List<String> lines) {
        this.lines = lines;
    }

    static MetricsPage read() throws IOException {
        return new MetricsPage(Files.readAllLines(PAGE));
    }

    /** The rows below a heading, by family. */
    Map<String, Row> rows(String... headings) {
        Set<String> wanted = Set.of(headings);
        Map<String, Row> rows = new TreeMap<>();
        String heading = "";
        for (String line : lines) {
            if (line.startsWith("## ")) {
                heading = line.substring(3);
            } else if (line.startsWith(ROW) && wanted.contains(heading)) {
                Row row = row(line, heading.equals("Every process"));
                if (rows.put(row.family(), row) != null) {
                    throw new IllegalStateException(row.family() + " is documented twice");
                }
            }
        }
        return rows;
    }

    /**
     * What the page says of the count of a node's series: "at most" many, and for "each" volume.
     */
    Map<String, Long> statedSeries() {
        Matcher stated = SERIES.matcher(String.join("\n", lines));
        if (!stated.find()) {
            throw new IllegalStateException("the page does not say how many series a node has");
        }
        return Map.of(
                "at most", Long.valueOf(stated.group(1)), "each", Long.valueOf(stated.group(2)));
    }

    private static Row row(String line, boolean isOfEveryProcess) {
        List<String> cells =
                Arrays.stream(line.split("(?<!\\\\)\\|", -1)).map(String::strip).toList();
        if (cells.size() != 8) {
            throw new IllegalStateException("not six cells: " + line);
        }
        return new Row(
                cells.get(1).replace("`", ""),
                cells.get(2),
                Arrays.stream(cells.get(3).replace("`", "").split("[, ]+"))
                        .filter(label -> !label.isEmpty() && !label.equals("–"))
                        .collect(Collectors.toCollection(TreeSet::new)),
                isOfEveryProcess,
                cells.get(5).equals("always"),
                cells.get(6));
    }
}
