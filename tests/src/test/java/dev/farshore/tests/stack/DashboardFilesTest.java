package dev.farshore.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What can be said of the dashboards' files without Grafana and without a stack. Whether their
 * expressions return data is asked of a running one.
 */
class DashboardFilesTest {
    private static final Path TREE = Path.of("..");
    private static final Path FOLDER = TREE.resolve("compose/grafana/dashboards");
    private static final int COLUMNS = 24;
    private static final Pattern METRIC =
            Pattern.compile("\\b(farshore|jvm|process)_[a-z_]+\\b(?!\\s*=)");
    private static final Pattern SELECTOR =
            Pattern.compile("\\b((?:farshore|jvm|process)_[a-z_]+)\\{([^}]*)\\}");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)\\s*(?:=~|!~|!=|=)");
    private static final Pattern HISTOGRAM_PART = Pattern.compile("_(bucket|count|sum)$");

    @Test
    void shouldHaveNamesOfTheirOwn() throws IOException {
        assertThat(dashboards())
                .extracting(dashboard -> dashboard.path("uid").asText())
                .containsExactlyInAnyOrder("farshore-fleet", "farshore-vm", "farshore-handovers");
    }

    @Test
    void shouldShowPanelsBesideEachOther() throws IOException {
        for (JsonNode dashboard : dashboards()) {
            String title = dashboard.path("title").asText();
            List<Box> boxes = new ArrayList<>();
            Set<Integer> ids = new TreeSet<>();
            for (JsonNode panel : dashboard.path("panels")) {
                assertThat(ids.add(panel.path("id").asInt())).as("id in %s", title).isTrue();
                Box box = Box.of(panel);
                assertThat(box.right()).as("%s in %s", box.title, title).isBetween(1, COLUMNS);
                assertThat(boxes)
                        .as("%s in %s", box.title, title)
                        .noneMatch(other -> other.overlaps(box));
                boxes.add(box);
            }
            assertThat(boxes).as(title).isNotEmpty();
        }
    }

    @Test
    void shouldAskForMetricsThatAreDocumented() throws IOException {
        String page = Files.readString(TREE.resolve("docs/metrics.md"));
        for (DashboardPanels.Expression panel : DashboardPanels.read(FOLDER)) {
            METRIC.matcher(panel.query())
                    .results()
                    .map(MatchResult::group)
                    .forEach(
                            name ->
                                    assertThat(page)
                                            .as("%s", panel)
                                            .containsAnyOf(
                                                    "`" + name + "`",
                                                    "`"
                                                            + HISTOGRAM_PART
                                                                    .matcher(name)
                                                                    .replaceFirst("")
                                                            + "`"));
        }
    }

    /** A selector for a label that a metric does not have matches nothing but "All". */
    @Test
    void shouldSelectByLabelsThatTheMetricHas() throws IOException {
        List<String> page = Files.readAllLines(TREE.resolve("docs/metrics.md"));
        for (DashboardPanels.Expression panel : DashboardPanels.read(FOLDER)) {
            for (MatchResult selector : SELECTOR.matcher(panel.query()).results().toList()) {
                String name = HISTOGRAM_PART.matcher(selector.group(1)).replaceFirst("");
                String row =
                        page.stream()
                                .filter(line -> line.startsWith("| `" + name + "` |"))
                                .findFirst()
                                .orElseThrow();
                for (MatchResult label : LABEL.matcher(selector.group(2)).results().toList()) {
                    if (!label.group(1).equals("job")) {
                        assertThat(row).as("%s", panel).contains("`" + label.group(1) + "`");
                    }
                }
            }
        }
    }

    private static List<JsonNode> dashboards() throws IOException {
        List<JsonNode> dashboards = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(FOLDER, "*.json")) {
            for (Path file : files) {
                dashboards.add(new ObjectMapper().readTree(file.toFile()));
            }
        }
        return dashboards;
    }

    private record Box(String title, int x, int y, int width, int height) {
        static Box of(JsonNode panel) {
            JsonNode at = panel.path("gridPos");
            return new Box(
                    panel.path("title").asText(),
                    at.path("x").asInt(),
                    at.path("y").asInt(),
                    at.path("w").asInt(),
                    at.path("h").asInt());
        }

        int right() {
            return x + width;
        }

        boolean overlaps(Box other) {
            return x < other.x + other.width
                    && other.x < x + width
                    && y < other.y + other.height
                    && other.y < y + height;
        }
    }
}
