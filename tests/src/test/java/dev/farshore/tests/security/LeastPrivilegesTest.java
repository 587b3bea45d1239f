package dev.farshore.tests.security;

import static dev.farshore.tests.security.SecuredSites.COORDINATOR;
import static dev.farshore.tests.security.SecuredSites.COORDINATOR_ROLE;
import static dev.farshore.tests.security.SecuredSites.PATIENCE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.coordinator.CoordinatorProcess;
import dev.farshore.coordinator.api.report.MigrationReport;
import dev.farshore.node.SiteNode;
import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.Permission;
import dev.farshore.tests.fixture.RunsOn;

import org.apache.kafka.common.acl.AclOperation;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Each process works with exactly what its role lists, uses all of it, and says what is missing
 * when any of it is.
 */
@Tag("slow")
@RunsOn(
        value = RunsOn.Place.EMBEDDED,
        because = "its broker has TLS, logins and an authorizer whose log it reads")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
@SuppressWarnings("NullAway.Init") // set before all
class LeastPrivilegesTest {
    private static final AclRole NODE_A = new AclRole.Node("a");
    private static final AclRole NODE_B = new AclRole.Node("b");
    private static final String DISK = "disk";
    private static final String VM = "vm";

    /** Takes a site that has been silent for long. */
    private static final String RARE = "forget a site";

    private SecuredSites sites;
    private int writes;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        sites = new SecuredSites(folder);
        for (String user : List.of(COORDINATOR, "node-a", "node-b")) {
            sites.createUser(user);
        }
        sites.grant("node-a", NODE_A);
        sites.grant("node-b", NODE_B);
    }

    @AfterAll
    void stop() {
        if (sites != null) {
            sites.close();
        }
    }

    @Test
    @Order(1)
    void shouldSayWhichMissingTopicTheCoordinatorMayNotCreate() throws Exception {
        List<Permission> creations = new ArrayList<>();
        for (Permission permission : COORDINATOR_ROLE.permissions()) {
            if (permission.operation() == AclOperation.CREATE) {
                creations.add(permission);
            } else {
                sites.add(COORDINATOR, permission);
            }
        }
        for (Permission creation : creations) {
            assertThatThrownBy(this::startAnotherCoordinator)
                    .hasMessageContaining("does not allow User:coordinator")
                    .hasMessageContaining(creation.text())
                    .hasMessageContaining(
                            "farshore acls --principal 'User:coordinator' --role coordinator");
            sites.add(COORDINATOR, creation);
        }
    }

    @Test
    @Order(2)
    void shouldWorkWithExactlyWhatTheRolesListAndUseAllOfIt() throws Exception {
        Path brokerLog = sites.environment.kafka().logFile();
        int before = AuthorizerLog.lines(brokerLog);
        sites.startCoordinator();
        sites.startNode("a");
        sites.startNode("b");
        sites.createVm(VM, DISK, "a");
        writeAndAwaitBoth();
        assertThat(sites.migrate(VM, "b").step()).isEqualTo(MigrationReport.FINISHED);
        sites.awaitServed(DISK, "b");
        writeAndAwaitBoth();
        sites.stopNode("b");
        sites.startNode("b");
        sites.awaitServed(DISK, "b");
        writeAndAwaitBoth();
        assertThat(sites.migrate(VM, "a").step()).isEqualTo(MigrationReport.FINISHED);
        sites.awaitServed(DISK, "a");
        assertThat(sites.health("a")).contains("\"serving\"");
        assertThat(sites.coordinatorHealth()).contains("\"ready\"");

        AuthorizerLog now = AuthorizerLog.read(brokerLog, before);
        AuthorizerLog all = AuthorizerLog.read(brokerLog, 0); // topics are created but once
        for (User user : users()) {
            assertThat(now.denied(user.name())).as("denied to %s", user.name()).isEmpty();
            assertThat(all.used(user.name()))
                    .as("used by %s", user.name())
                    .containsAll(
                            user.role().permissions().stream()
                                    .filter(permission -> !permission.why().equals(RARE))
                                    .map(Permission::text)
                                    .toList());
        }
    }

    /** Each permission that can be told is taken away, one after the other. */
    @TestFactory
    @Order(3)
    Stream<DynamicTest> shouldSayAtStartWhatIsMissing() {
        return users().stream()
                .filter(user -> !user.name().equals("node-b"))
                .flatMap(
                        user ->
                                user.role().permissions().stream()
                                        .filter(
                                                permission ->
                                                        permission.isRequired()
                                                                && permission.operation()
                                                                        != AclOperation.CREATE)
                                        .map(
                                                permission ->
                                                        DynamicTest.dynamicTest(
                                                                user.name()
                                                                        + " without "
                                                                        + permission.text(),
                                                                () ->
                                                                        startWithout(
                                                                                user,
                                                                                permission))));
    }

    private void startWithout(User user, Permission permission) throws Exception {
        sites.remove(user.name(), permission);
        try {
            awaitDenied(user, permission);
            long startNanos = System.nanoTime();
            assertThatThrownBy(
                            () -> {
                                if (user.name().equals(COORDINATOR)) {
                                    startAnotherCoordinator();
                                } else {
                                    startAnotherNode();
                                }
                            })
                    .hasMessageContaining("does not allow User:" + user.name())
                    .hasMessageContaining(permission.text())
                    .hasMessageContaining(
                            "farshore acls --principal 'User:%s' %s"
                                    .formatted(user.name(), user.role().options()));
            assertThat(System.nanoTime() - startNanos)
                    .as("it says so at once")
                    .isLessThan(TimeUnit.SECONDS.toNanos(10));
        } finally {
            sites.add(user.name(), permission);
            awaitAllowed(user);
        }
    }

    /** The owner's node goes on by itself, with all that was written meanwhile. */
    @TestFactory
    @Order(4)
    Stream<DynamicTest> shouldLoseNothingWhileAPermissionIsMissing() {
        return NODE_A.permissions().stream()
                .filter(permission -> permission.operation() != AclOperation.DESCRIBE_CONFIGS)
                .map(
                        permission ->
                                DynamicTest.dynamicTest(
                                        permission.text(), () -> runWithout(permission)));
    }

    private void runWithout(Permission permission) throws Exception {
        User user = new User("node-a", NODE_A);
        sites.remove(user.name(), permission);
        try {
            awaitDenied(user, permission);
            sites.write(DISK, 0, (byte) ++writes);
            waiting(permission.text())
                    .atMost(PATIENCE)
                    .until(
                            () ->
                                    sites.health("a").contains("does not allow User:node-a")
                                            && sites.health("a").contains(permission.text()));
        } finally {
            sites.add(user.name(), permission);
        }
        awaitBoth();
        writeAndAwaitBoth();
    }

    @Test
    @Order(5)
    void shouldBeHealthyAgainWhenAllIsGranted() {
        waiting("healthy again")
                .atMost(PATIENCE.multipliedBy(2))
                .until(() -> sites.health("a").contains("\"serving\""));
    }

    @Test
    @Order(6)
    void shouldStartACoordinatorWithoutWhatItCanDoWithout() throws Exception {
        List<Permission> taken =
                COORDINATOR_ROLE.permissions().stream()
                        .filter(
                                permission ->
                                        !permission.isRequired()
                                                || permission.operation() == AclOperation.CREATE)
                        .toList();
        for (Permission permission : taken) {
            sites.remove(COORDINATOR, permission);
        }
        waiting("denied")
                .atMost(PATIENCE)
                .until(() -> !sites.missing(COORDINATOR, COORDINATOR_ROLE).isEmpty());
        try (CoordinatorProcess another =
                CoordinatorProcess.start(sites.coordinatorConfig(), news -> {})) {
            waiting("ready, but for that")
                    .atMost(PATIENCE)
                    .untilAsserted(
                            () ->
                                    assertThat(
                                                    SecuredSites.get(
                                                            another.coordinator()
                                                                    .url()
                                                                    .resolve("/health")))
                                            .contains("does not allow User:coordinator")
                                            .contains("Describe on the cluster")
                                            .doesNotContain("Create on"));
        }
        for (Permission permission : taken) {
            sites.add(COORDINATOR, permission);
        }
        awaitAllowed(new User(COORDINATOR, COORDINATOR_ROLE));
    }

    /** All at once: the coordinator only reads and writes topics, each by itself. */
    @Test
    @Order(7)
    void shouldSayWhatTheCoordinatorLacksAndGoOnWhenItIsGranted() throws Exception {
        List<Permission> taken =
                COORDINATOR_ROLE.permissions().stream()
                        .filter(permission -> permission.operation() != AclOperation.CREATE)
                        .filter(
                                permission ->
                                        permission.operation() != AclOperation.DESCRIBE_CONFIGS)
                        .toList();
        for (Permission permission : taken) {
            sites.remove(COORDINATOR, permission);
        }
        waiting("told")
                .atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(sites.coordinatorHealth())
                                        .contains("degraded")
                                        .contains(taken.stream().map(Permission::text).toList()));
        assertThatThrownBy(() -> sites.createVm("vm-2", "disk-2", "a"))
                .hasMessageContaining("farshore.volumes");
        for (Permission permission : taken) {
            sites.add(COORDINATOR, permission);
        }
        waiting("ready again")
                .atMost(PATIENCE)
                .until(() -> sites.coordinatorHealth().contains("\"ready\""));
        sites.createVm("vm-3", "disk-3", "a");
        assertThat(sites.migrate(VM, "b").step()).isEqualTo(MigrationReport.FINISHED);
    }

    private record User(String name, AclRole role) {}

    private static List<User> users() {
        return List.of(
                new User(COORDINATOR, COORDINATOR_ROLE),
                new User("node-a", NODE_A),
                new User("node-b", NODE_B));
    }

    private void writeAndAwaitBoth() throws Exception {
        sites.write(DISK, 1 + writes % 7, (byte) ++writes);
        sites.write(DISK, 0, (byte) writes);
        awaitBoth();
    }

    /** Both images have the newest of block 0. */
    private void awaitBoth() {
        for (String site : List.of("a", "b")) {
            waiting("write %d at site %s".formatted(writes, site))
                    .atMost(PATIENCE.multipliedBy(2))
                    .until(() -> sites.hardened(site, DISK, 0) == (byte) writes);
        }
    }

    /** Stream threads of the nodes in this process die without permissions: that is theirs. */
    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what).dontCatchUncaughtExceptions();
    }

    private void startAnotherCoordinator() throws Exception {
        CoordinatorProcess.start(sites.coordinatorConfig(), news -> {}).close();
    }

    private void startAnotherNode() throws Exception {
        SiteNode.start(sites.nodeConfig("a", "a-2"), ApplyListener.NONE, news -> {}).close();
    }

    private void awaitDenied(User user, Permission permission) {
        waiting(permission.text() + " denied")
                .atMost(PATIENCE)
                .until(() -> sites.missing(user.name(), user.role()).contains(permission));
    }

    private void awaitAllowed(User user) {
        waiting("all allowed")
                .atMost(PATIENCE)
                .until(() -> sites.missing(user.name(), user.role()).isEmpty());
    }
}
