package dev.farshore.cli.acls;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.farshore.cli.command.Table;
import dev.farshore.process.http.Json;
import dev.farshore.schemas.access.AclChanges;
import dev.farshore.schemas.access.Permission;
import dev.farshore.schemas.failure.Reason;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** {@code farshore acls}. */
@Command(
        name = "acls",
        description = {
            "Show or set the least permissions in Kafka that a process needs.",
            "Without --apply, --check or --remove it asks no broker: it prints the list, and the same"
                    + " as command lines of Kafka's own tool."
        })
public final class AclsCommand implements Callable<Integer> {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final String NO_BROKERS = "BROKERS";
    private static final String NO_FILE = "FILE";

    @Spec private CommandSpec spec;
    @Mixin private RoleOptions role;

    @Option(
            names = "--bootstrap-server",
            paramLabel = "HOST:PORT",
            description = "One broker or several, separated by commas.")
    private @Nullable String brokers;

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description =
                    "Properties of an administrator's client: security.protocol, sasl.jaas.config"
                            + " …")
    private @Nullable Path commandConfig;

    @ArgGroup private Action action;

    @Option(names = "--json", description = "Print the result for programs.")
    private boolean json;

    /** What to do; one of them at most. */
    static final class Action {
        @Option(names = "--print", description = "Print what is needed; the default.")
        boolean print;

        @Option(names = "--apply", description = "Add what is missing. Nothing is taken away.")
        boolean apply;

        @Option(
                names = "--check",
                description =
                        "Tell what is missing and what is superfluous; status 1 if anything is.")
        boolean check;

        @Option(names = "--remove", description = "Take these permissions from the principal.")
        boolean remove;
    }

    /** For picocli, which sets the rest. */
    public AclsCommand() {
        role = new RoleOptions();
        action = new Action();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<AclBinding> wanted = role.bindings();
        if (!action.apply && !action.check && !action.remove) {
            print(wanted);
            return 0;
        }
        try (Admin admin = Admin.create(adminProperties())) {
            AclChanges changes = new AclChanges(admin, role.principal());
            if (action.apply) {
                return told("added", changes.add(wanted), wanted.size());
            }
            if (action.remove) {
                return told("removed", changes.remove(wanted), wanted.size());
            }
            return told(changes.difference(wanted));
        } catch (ExecutionException e) {
            throw failure(e.getCause() == null ? e : e.getCause());
        }
    }

    private void print(List<AclBinding> wanted) {
        if (json) {
            printJson(wanted.stream().map(AclView::of).toList());
            return;
        }
        Table table = new Table("RESOURCE", "OPERATION", "WHAT FOR");
        for (Permission permission : role.permissions()) {
            table.row(
                    Permission.resourceText(permission.resource()),
                    Permission.operationName(permission.operation()),
                    "to " + permission.why());
        }
        out().println("What %s needs:".formatted(role.principal()));
        out().println();
        table.print(out());
        out().println();
        KafkaAclsLines.adding(
                        wanted,
                        brokers == null ? NO_BROKERS : brokers,
                        commandConfig == null ? NO_FILE : commandConfig.toString())
                .forEach(out()::println);
        out().flush();
    }

    private int told(String done, List<AclBinding> changed, int of) {
        if (json) {
            printJson(Map.of(done, changed.stream().map(AclView::of).toList()));
            return 0;
        }
        changed.forEach(binding -> out().println(done + "  " + AclView.text(binding)));
        out().println(
                        "%d of %d permissions of %s %s."
                                .formatted(changed.size(), of, role.principal(), done));
        out().flush();
        return 0;
    }

    private int told(AclChanges.Difference difference) {
        if (json) {
            printJson(
                    Map.of(
                            "missing", difference.missing().stream().map(AclView::of).toList(),
                            "superfluous",
                                    difference.superfluous().stream().map(AclView::of).toList()));
        } else {
            difference
                    .missing()
                    .forEach(binding -> out().println("missing      " + AclView.text(binding)));
            difference
                    .superfluous()
                    .forEach(binding -> out().println("superfluous  " + AclView.text(binding)));
            if (difference.isNone()) {
                out().println("%s has exactly what it needs.".formatted(role.principal()));
            }
            out().flush();
        }
        return difference.isNone() ? 0 : 1;
    }

    private Map<String, Object> adminProperties() throws IOException {
        if (brokers == null) {
            throw new ParameterException(
                    spec.commandLine(), "--apply, --check and --remove need --bootstrap-server");
        }
        Map<String, Object> properties = new HashMap<>();
        if (commandConfig != null) {
            Properties file = new Properties();
            try (Reader reader = Files.newBufferedReader(commandConfig)) {
                file.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new IOException(
                        "--command-config %s can't be read: %s"
                                .formatted(commandConfig, Reason.of(e)),
                        e);
            }
            file.stringPropertyNames().forEach(key -> properties.put(key, file.getProperty(key)));
        }
        properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        return properties;
    }

    private IOException failure(Throwable cause) {
        String advice =
                switch (cause) {
                    case SecurityDisabledException _ ->
                            ": these brokers have no authorizer, so there are no ACLs; they need"
                                    + " authorizer.class.name and allow.everyone.if.no.acl.found=false";
                    case AuthorizationException _ ->
                            ": whoever sets ACLs needs Alter on the cluster, and Describe to look at"
                                    + " them; --command-config says as whom";
                    default -> "";
                };
        return new IOException(
                "Kafka at %s refuses: %s%s".formatted(brokers, Reason.of(cause), advice), cause);
    }

    private void printJson(Object result) {
        try {
            out().println(
                            Json.mapper()
                                    .writerWithDefaultPrettyPrinter()
                                    .writeValueAsString(result));
            out().flush();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + result, e);
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
