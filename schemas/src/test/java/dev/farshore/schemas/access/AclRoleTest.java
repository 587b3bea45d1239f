package dev.farshore.schemas.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class AclRoleTest {
    private static final Path GUIDE = Path.of("../docs/guides/security.md");

    static Stream<AclRole> roles() {
        return Stream.of(
                new AclRole.Node("a"),
                new AclRole.Coordinator(),
                new AclRole.Reader("team-"),
                new AclRole.LagReader(),
                new AclRole.Auditor());
    }

    @ParameterizedTest
    @MethodSource("roles")
    void shouldListEachPermissionOnce(AclRole role) {
        assertThat(role.permissions().stream().map(Permission::text)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("roles")
    void shouldListNothingThatAnotherPermissionImplies(AclRole role) {
        List<String> texts = role.permissions().stream().map(Permission::text).toList();
        role.permissions().stream()
                .filter(permission -> permission.operation() == AclOperation.DESCRIBE)
                .map(Permission::resource)
                .map(Permission::resourceText)
                .forEach(
                        resource ->
                                assertThat(texts)
                                        .doesNotContain(
                                                "Read on " + resource, "Write on " + resource));
    }

    @Test
    void shouldLetOnlyTheCoordinatorCreateTopicsAndNobodyChangeOrDeleteThem() {
        roles().forEach(
                        role ->
                                assertThat(role.permissions())
                                        .as(role.name())
                                        .noneMatch(
                                                permission ->
                                                        switch (permission.operation()) {
                                                            case CREATE ->
                                                                    !role.name()
                                                                            .equals("coordinator");
                                                            case ALTER,
                                                                    ALTER_CONFIGS,
                                                                    DELETE,
                                                                    ALL ->
                                                                    true;
                                                            default -> false;
                                                        }));
    }

    @Test
    void shouldGiveReadersAndMonitorsNothingToWrite() {
        Stream.of(new AclRole.Reader("team-"), new AclRole.LagReader(), new AclRole.Auditor())
                .forEach(
                        role ->
                                assertThat(role.permissions())
                                        .noneMatch(
                                                permission ->
                                                        permission.operation()
                                                                == AclOperation.WRITE));
    }

    @Test
    void shouldKeepAGroupToItsSite() {
        assertThat(new AclRole.Node("b").permissions())
                .filteredOn(permission -> permission.type() == ResourceType.GROUP)
                .extracting(Permission::text)
                .containsExactly("Read on group farshore-b");
    }

    /** Where it differs, the failure shows the table as it has to be. */
    @ParameterizedTest
    @MethodSource("roles")
    void shouldStandInTheGuideAsItIs(AclRole role) throws IOException {
        String table =
                role.permissions().stream()
                        .map(
                                permission ->
                                        "| %s | %s | to %s |"
                                                .formatted(
                                                        Permission.resourceText(
                                                                permission.resource()),
                                                        Permission.operationName(
                                                                permission.operation()),
                                                        permission.why()))
                        .collect(
                                Collectors.joining(
                                        "\n",
                                        "`%s`\n\n| resource | operation | what for |\n| --- | --- | --- |\n"
                                                .formatted(role.options()),
                                        "\n"));
        assertThat(Files.readString(GUIDE)).contains(table);
    }
}
