package dev.farshore.cli.acls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What the command prints without a broker. */
class AclsCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandLine(new AclsCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Test
    void shouldPrintATableAndTheLinesOfKafkasTool() {
        assertThat(run("--principal", "User:node-a", "--role", "node", "--site", "a")).isZero();

        assertThat(out.toString())
                .containsPattern("topic farshore.writes +Write +to publish its volumes' events")
                .contains(
                        "kafka-acls.sh --bootstrap-server BROKERS --command-config FILE --add"
                                + " --allow-principal User:node-a --operation Read --operation"
                                + " Write --operation DescribeConfigs --topic farshore.writes\n",
                        "--operation Read --group farshore-a\n")
                .doesNotContain("farshore.migrations", "--cluster");
    }

    @Test
    void shouldAddUpRolesWithoutRepeating() {
        run(
                "--principal",
                "User:all",
                "--role",
                "node,coordinator",
                "--site",
                "a,b",
                "--bootstrap-server",
                "k:9093");

        assertThat(out.toString())
                .contains("--group farshore-a\n", "--group farshore-b\n", "--cluster\n")
                .containsOnlyOnce("--topic farshore.volumes\n");
    }

    @Test
    void shouldGiveAReaderItsGroupsByPrefix() {
        run("--principal", "User:CN=team x", "--role", "reader", "--group-prefix", "team-");

        assertThat(out.toString())
                .contains(
                        "--allow-principal 'User:CN=team x' --operation Read --group team-"
                                + " --resource-pattern-type prefixed\n");
    }

    @Test
    void shouldPrintForPrograms() {
        run("--principal", "User:c", "--role", "lag-reader", "--host", "10.0.0.1", "--json");

        assertThat(out.toString().replaceAll("\\s", ""))
                .startsWith(
                        "[{\"principal\":\"User:c\",\"host\":\"10.0.0.1\",\"permission\":\"ALLOW\","
                                + "\"operation\":\"Describe\",\"resourceType\":\"TOPIC\","
                                + "\"resourceName\":\"farshore.writes\",\"patternType\":\"LITERAL\"}");
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertThat(run("--principal", "node-a", "--role", "node", "--site", "a")).isEqualTo(2);
        assertThat(run("--principal", "User:a", "--role", "node")).isEqualTo(2);
        assertThat(run("--principal", "User:a", "--role", "boss")).isEqualTo(2);
        assertThat(run("--principal", "User:a", "--role", "reader")).isEqualTo(2);
        assertThat(run("--principal", "User:a", "--role", "auditor", "--check")).isEqualTo(2);
        assertThat(err.toString())
                .contains(
                        "--principal: 'node-a' is none",
                        "--role node needs --site",
                        "--role: 'boss' is none",
                        "--role reader needs --group-prefix",
                        "need --bootstrap-server");
    }
}
