package dev.farshore.tests.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The expressions of Grafana's dashboards, as Grafana would send them to Prometheus. */
final class DashboardPanels {
    private static final String RANGE = "2m";

    private DashboardPanels() {}

    /**
     * @param panel dashboard and title
     */
    record Expression(String panel, String query) {}

    static List<Expression> read(Path folder) throws IOException {
        List<Expression> expressions = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return expressions;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                JsonNode dashboard = new ObjectMapper().readTree(file.toFile());
                add(file.getFileName().toString(), dashboard.path("panels"), expressions);
            }
        }
        return expressions;
    }

    /** Rows have panels of their own. */
    private static void add(String dashboard, JsonNode panels, List<Expression> expressions) {
        for (JsonNode panel : panels) {
            String title = dashboard + ": " + panel.path("title").asText();
            for (JsonNode target : panel.path("targets")) {
                if (target.hasNonNull("expr")) {
                    expressions.add(
                            new Expression(title, withoutVariables(target.get("expr").asText())));
                }
            }
            add(dashboard, panel.path("panels"), expressions);
        }
    }

    /** Variables of the viewer stand for everything, those of Grafana for a range. */
    static String withoutVariables(String expression) {
        return expression
                .replaceAll("\\$(\\{)?__(rate_interval|interval|range)(\\})?", RANGE)
                .replaceAll("=\\s*\"\\$(\\{\\w+(:\\w+)?\\}|\\w+)\"", "=~\".*\"")
                .replaceAll("\\$(\\{\\w+(:\\w+)?\\}|\\w+)", ".*");
    }
}
