package dev.farshore.cli.acls;

import dev.farshore.schemas.access.AclRole;
import dev.farshore.schemas.access.Permission;

import org.apache.kafka.common.acl.AclBinding;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whose permissions, and what for. */
final class RoleOptions {
    private static final String ROLES = "node, coordinator, reader, lag-reader, auditor";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--principal",
            paramLabel = "TYPE:NAME",
            required = true,
            description = "As whom the process is authenticated, for instance User:node-a.")
    private String principal;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            split = ",",
            required = true,
            description =
                    "What the process is: "
                            + ROLES
                            + ". Several if one principal is several; they add up.")
    private List<String> roles;

    @Option(
            names = "--site",
            paramLabel = "SITE",
            split = ",",
            description = "Of a node. Several if one principal is nodes of several sites.")
    private List<String> sites;

    @Option(
            names = "--group-prefix",
            paramLabel = "PREFIX",
            description = "Of a reader: with which its consumer groups' names begin.")
    private String groupPrefix;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "*",
            description = "From which the principal may connect. Default: any.")
    private String host;

    /** For picocli, which sets the rest. */
    RoleOptions() {
        principal = "";
        roles = List.of();
        sites = List.of();
        groupPrefix = "";
        host = "*";
    }

    String principal() {
        if (!principal.matches("[^:\\s]+:.+")) {
            throw wrong(
                    "--principal: '%s' is none; allowed: TYPE:NAME, such as User:node-a",
                    principal);
        }
        return principal;
    }

    /** Each permission once, although several roles may have it. */
    List<Permission> permissions() {
        Map<AclBinding, Permission> permissions = new LinkedHashMap<>();
        for (AclRole role : roles()) {
            role.permissions()
                    .forEach(
                            permission -> permissions.putIfAbsent(binding(permission), permission));
        }
        return List.copyOf(permissions.values());
    }

    AclBinding binding(Permission permission) {
        return permission.allowedTo(principal(), host);
    }

    List<AclBinding> bindings() {
        return permissions().stream().map(this::binding).toList();
    }

    private List<AclRole> roles() {
        List<AclRole> all = new ArrayList<>();
        for (String role : roles) {
            switch (role) {
                case AclRole.Node.NAME -> sites().forEach(site -> all.add(new AclRole.Node(site)));
                case AclRole.Coordinator.NAME -> all.add(new AclRole.Coordinator());
                case AclRole.Reader.NAME -> all.add(new AclRole.Reader(groupPrefix()));
                case AclRole.LagReader.NAME -> all.add(new AclRole.LagReader());
                case AclRole.Auditor.NAME -> all.add(new AclRole.Auditor());
                default -> throw wrong("--role: '%s' is none; allowed: " + ROLES, role);
            }
        }
        return all;
    }

    private List<String> sites() {
        if (sites.isEmpty()) {
            throw wrong("--role node needs --site%s", "");
        }
        for (String site : sites) {
            if (!site.matches("[a-z0-9-]{1,63}")) {
                throw wrong("--site: '%s' is no name; allowed: 1 to 63 of a-z, 0-9 and '-'", site);
            }
        }
        return sites;
    }

    private String groupPrefix() {
        if (groupPrefix.isEmpty()) {
            throw wrong("--role reader needs --group-prefix%s", "");
        }
        return groupPrefix;
    }

    private ParameterException wrong(String text, String value) {
        return new ParameterException(spec.commandLine(), text.formatted(value));
    }
}
