package dev.farshore.tests.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** {@code farshore.rules.yaml}, as far as tests look into it. */
final class AlertRules {
    /** Tests run in their module's folder. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static final Path FILE = ROOT.resolve("compose/prometheus/farshore.rules.yaml");
    static final Path UNIT_TESTS = ROOT.resolve("compose/prometheus/farshore.rules.test.yaml");

    private static final Pattern RULE =
            Pattern.compile("(?ms)^      - alert: (\\w+)$.*?(?=^      - |^  - |\\z)");
    private static final Pattern METRIC = Pattern.compile("\\bfarshore_[a-z_]+");

    private AlertRules() {}

    /** One alert, and its text in the file. */
    record Rule(String name, String text) {

        /** What is behind a key, on its line; empty where there is none. */
        Optional<String> value(String key) {
            return Pattern.compile("(?m)^ +" + key + ": (.+)$")
                    .matcher(text)
                    .results()
                    .map(found -> found.group(1))
                    .findFirst();
        }

        /** All metrics that its expression names. */
        SortedSet<String> metrics() {
            String expression = text.substring(text.indexOf("expr:"), text.indexOf("labels:"));
            SortedSet<String> names = new TreeSet<>();
            METRIC.matcher(expression).results().map(MatchResult::group).forEach(names::add);
            return names;
        }
    }

    static List<Rule> all() throws IOException {
        return RULE.matcher(Files.readString(FILE))
                .results()
                .map(found -> new Rule(found.group(1), found.group()))
                .toList();
    }
}
