package dev.farshore.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class DashboardPanelsTest {
    @TempDir private Path folder;

    @Test
    void shouldFindTheExpressionsOfPanelsAndOfRows() throws IOException {
        Files.writeString(
                folder.resolve("fleet.json"),
                """
                {"panels": [
                  {"title": "Lag", "targets": [{"expr": "max(lag)"}, {"refId": "text only"}]},
                  {"title": "Row", "panels": [{"title": "Rate", "targets": [{"expr": "rate(x[5m])"}]}]}
                ]}
                """);

        assertThat(DashboardPanels.read(folder))
                .containsExactly(
                        new DashboardPanels.Expression("fleet.json: Lag", "max(lag)"),
                        new DashboardPanels.Expression("fleet.json: Rate", "rate(x[5m])"));
    }

    @Test
    void shouldReplaceVariables() {
        assertThat(
                        DashboardPanels.withoutVariables(
                                "sum by (vm) (rate(x{vm=\"$vm\", site=~\"${site:regex}\"}[$__rate_interval]))"))
                .isEqualTo("sum by (vm) (rate(x{vm=~\".*\", site=~\".*\"}[2m]))");
    }
}
