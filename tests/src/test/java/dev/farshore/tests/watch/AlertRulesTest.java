package dev.farshore.tests.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.tests.support.RealTools;
import dev.farshore.tests.watch.AlertRules.Rule;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The alerts, their unit tests and their documentation belong together. */
class AlertRulesTest {
    private static final Path OPERATIONS = AlertRules.ROOT.resolve("OPERATIONS.md");
    private static final Path METRICS = AlertRules.ROOT.resolve("docs/metrics.md");
    private static final Path PROMETHEUS =
            AlertRules.ROOT.resolve("compose/prometheus/prometheus.yml");

    static List<Rule> rules() throws IOException {
        return AlertRules.all();
    }

    @Test
    void shouldBeRulesThatPrometheusTakes() throws Exception {
        String answer = RealTools.succeed("promtool", "check", "rules", AlertRules.FILE.toString());

        assertThat(answer).contains(AlertRules.all().size() + " rules found");
    }

    @Test
    void shouldBeLoadedByTheStack() throws Exception {
        String answer = RealTools.succeed("promtool", "check", "config", PROMETHEUS.toString());

        assertThat(answer).contains(AlertRules.FILE.getFileName().toString());
        assertThat(Files.readString(PROMETHEUS))
                .contains("job_name: farshore-node", "job_name: farshore-coordinator");
    }

    @Test
    void shouldPassTheirUnitTests() throws Exception {
        RealTools.succeed("promtool", "test", "rules", AlertRules.UNIT_TESTS.toString());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldHaveUnitTestsInWhichItFiresAndInWhichItDoesNot(Rule rule) throws IOException {
        String tests = Files.readString(AlertRules.UNIT_TESTS);
        Pattern expected =
                Pattern.compile("alertname: " + rule.name() + "\\s+exp_alerts:( \\[\\])?");

        assertThat(expected.matcher(tests).results().map(found -> found.group(1) == null))
                .as("whether each look at %s expects it to fire", rule.name())
                .contains(true, false);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldSayHowUrgentItIsAndLeadToWhatToDo(Rule rule) throws IOException {
        assertThat(rule.value("severity").orElse("")).isIn("page", "ticket");
        assertThat(rule.value("summary")).isPresent();
        assertThat(rule.value("description")).isPresent();
        assertThat(rule.value("runbook_url"))
                .hasValue("OPERATIONS.md#" + rule.name().toLowerCase(Locale.ROOT));
        assertThat(Files.readString(OPERATIONS).lines()).contains("### " + rule.name());
    }

    @Test
    void shouldDocumentNoAlertThatIsNoMore() throws IOException {
        assertThat(
                        Files.readString(OPERATIONS)
                                .lines()
                                .filter(line -> line.startsWith("### Farshore")))
                .containsExactlyElementsOf(
                        AlertRules.all().stream().map(rule -> "### " + rule.name()).toList());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void shouldGoByMetricsThatAreDocumented(Rule rule) throws IOException {
        String page = Files.readString(METRICS);

        assertThat(rule.metrics())
                .allSatisfy(metric -> assertThat(page).contains("`" + metric + "`"));
    }
}
