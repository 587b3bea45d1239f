package dev.farshore.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.cli.acls.AclsCommand;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.node.SiteNode;
import dev.farshore.process.start.AuthenticationRefusedException;
import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.Permission;
import dev.farshore.testkit.embedded.BrokerSecurity;
import dev.farshore.tests.fixture.RunsOn;

import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** On a secured broker: who is not let in is told why at once; and {@code farshore acls}. */
@Tag("slow")
@RunsOn(value = RunsOn.Place.EMBEDDED, because = "its broker has TLS and logins of its own")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 4, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class LoginTest {
    private static final String NODE = "node-a";
    private static final AclRole NODE_ROLE = new AclRole.Node("a");
    private static final String WRONG = "not the secret";

    private final List<String> news = new ArrayList<>();
    private Path folder;
    private SecuredSites sites;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        this.folder = folder;
        sites = new SecuredSites(folder);
        sites.createUser(NODE);
        sites.createUser(SecuredSites.COORDINATOR);
    }

    @AfterAll
    void stop() {
        if (sites != null) {
            sites.close();
        }
    }

    @AfterEach
    void logInRightly() throws IOException {
        sites.trust(sites.security.truststore());
        for (String user : List.of(NODE, SecuredSites.COORDINATOR)) {
            sites.useToLogIn(user, SecuredSites.password(user));
        }
    }

    @Test
    void shouldSayThatAPasswordIsWrong() throws Exception {
        for (String user : List.of(NODE, SecuredSites.COORDINATOR)) {
            sites.useToLogIn(user, WRONG);
        }
        assertRefused(
                "Kafka at %s refuses the login: Authentication failed during authentication due to"
                        + " invalid credentials with SASL mechanism SCRAM-SHA-512. Check sasl.* in"
                        + " kafka.properties.",
                sites.environment.bootstrapServers());
    }

    @Test
    void shouldSayThatTheBrokersCertificateIsNotTrusted() throws Exception {
        sites.trust(BrokerSecurity.create(folder.resolve("other"), "stranger").truststore());
        assertRefused(
                "No TLS connection with Kafka at %s: SSL handshake failed: unable to find valid"
                        + " certification path to requested target. Check that ssl.truststore.*",
                sites.environment.bootstrapServers());
    }

    @Test
    void shouldSayThatATruststoreIsMissing() {
        Path nowhere = folder.resolve("nowhere.p12");
        sites.trust(nowhere);
        assertRefused("kafka.properties in the configuration can't be used: %s", "");
        assertRefused("%s: no such file or folder.", nowhere);
    }

    /** By nodes and coordinators, without waiting; and no password in any message. */
    private void assertRefused(String message, Object argument) {
        for (ThrowingCallable start : List.<ThrowingCallable>of(this::node, this::coordinator)) {
            assertThatThrownBy(start)
                    .isInstanceOf(AuthenticationRefusedException.class)
                    .hasMessageContaining(message.formatted(argument))
                    .hasMessageNotContaining(WRONG)
                    .hasMessageNotContaining(sites.security.storePassword());
        }
        assertThat(news).as("told of waiting").isEmpty();
    }

    private void node() throws Exception {
        SiteNode.start(sites.nodeConfig("a", "a-1"), ApplyListener.NONE, news::add).close();
    }

    private void coordinator() throws Exception {
        CoordinatorProcess.start(sites.coordinatorConfig(), news::add).close();
    }

    @Test
    void shouldAddCheckAndRemovePermissions() throws Exception {
        Path admin = commandConfig("admin", sites.security.adminProperties());
        int all = NODE_ROLE.permissions().size();

        Told nothingYet = acls(admin, "--check");
        assertThat(nothingYet.status()).isEqualTo(1);
        assertThat(nothingYet.lines()).hasSize(all).allMatch(line -> line.startsWith("missing "));

        assertThat(acls(admin, "--apply").last())
                .isEqualTo("%d of %d permissions of User:node-a added.".formatted(all, all));
        assertThat(acls(admin, "--apply").lines())
                .containsExactly("0 of %d permissions of User:node-a added.".formatted(all));
        assertThat(acls(admin, "--check"))
                .isEqualTo(new Told(0, List.of("User:node-a has exactly what it needs.")));
        assertThat(sites.missing(NODE, NODE_ROLE)).as("missing by Kafka's word").isEmpty();

        Permission first = NODE_ROLE.permissions().getFirst();
        sites.changes(NODE)
                .add(
                        List.of(
                                new AclBinding(
                                        first.resource(),
                                        new AccessControlEntry(
                                                "User:node-a",
                                                "*",
                                                AclOperation.DELETE,
                                                AclPermissionType.ALLOW))));
        Told tooMuch = acls(admin, "--check");
        assertThat(tooMuch.status()).isEqualTo(1);
        assertThat(tooMuch.lines()).singleElement().asString().startsWith("superfluous ");

        assertThat(acls(admin, "--remove").last())
                .isEqualTo("%d of %d permissions of User:node-a removed.".formatted(all, all));
        assertThat(acls(admin, "--check").lines())
                .as("what it did not add is left")
                .hasSize(all + 1)
                .anyMatch(line -> line.startsWith("superfluous "));
    }

    @Test
    void shouldSayWhatWhoeverSetsPermissionsNeeds() throws Exception {
        Path user =
                commandConfig(
                        NODE, sites.security.clientProperties(NODE, SecuredSites.password(NODE)));

        Told refused = acls(user, "--apply");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.lines())
                .anyMatch(
                        line ->
                                line.contains(
                                        "whoever sets ACLs needs Alter on the cluster, and"
                                                + " Describe to look at them"));
    }

    private record Told(int status, List<String> lines) {
        String last() {
            return lines.getLast();
        }
    }

    private Told acls(Path commandConfig, String action) {
        StringWriter told = new StringWriter();
        int status =
                new CommandLine(new AclsCommand())
                        .setOut(new PrintWriter(told, true))
                        .setErr(new PrintWriter(told, true))
                        .execute(
                                "--principal",
                                "User:node-a",
                                "--role",
                                "node",
                                "--site",
                                "a",
                                "--bootstrap-server",
                                sites.environment.bootstrapServers(),
                                "--command-config",
                                commandConfig.toString(),
                                action);
        return new Told(status, told.toString().lines().toList());
    }

    private Path commandConfig(String name, Map<String, String> properties) throws IOException {
        return Files.writeString(
                folder.resolve(name + ".properties"),
                properties.entrySet().stream()
                        .map(property -> property.getKey() + "=" + property.getValue())
                        .collect(Collectors.joining("\n", "", "\n")));
    }
}
