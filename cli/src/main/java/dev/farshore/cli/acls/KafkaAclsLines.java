package dev.farshore.cli.acls;

import dev.farshore.schemas.access.Permission;

import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The same ACLs as command lines of Kafka's own tool, one for each resource. */
final class KafkaAclsLines {
    private KafkaAclsLines() {}

    /**
     * @param brokers as {@code --bootstrap-server} takes it
     * @param commandConfig the file that the tool is to be given
     */
    static List<String> adding(List<AclBinding> bindings, String brokers, String commandConfig) {
        Map<ResourcePattern, List<AclBinding>> byResource = new LinkedHashMap<>();
        for (AclBinding binding : bindings) {
            byResource.computeIfAbsent(binding.pattern(), any -> new ArrayList<>()).add(binding);
        }
        return byResource.entrySet().stream()
                .map(
                        of ->
                                "kafka-acls.sh --bootstrap-server %s --command-config %s --add%s%s%s%s"
                                        .formatted(
                                                brokers,
                                                commandConfig,
                                                principal(of.getValue().getFirst()),
                                                host(of.getValue().getFirst()),
                                                operations(of.getValue()),
                                                resource(of.getKey())))
                .toList();
    }

    private static String principal(AclBinding binding) {
        return " --allow-principal " + quoted(binding.entry().principal());
    }

    private static String host(AclBinding binding) {
        return binding.entry().host().equals("*")
                ? ""
                : " --allow-host " + quoted(binding.entry().host());
    }

    private static String operations(List<AclBinding> bindings) {
        StringBuilder text = new StringBuilder();
        bindings.forEach(
                binding ->
                        text.append(" --operation ")
                                .append(Permission.operationName(binding.entry().operation())));
        return text.toString();
    }

    private static String resource(ResourcePattern resource) {
        return switch (resource.resourceType()) {
            case CLUSTER -> " --cluster";
            default ->
                    " --"
                            + resource.resourceType().name().toLowerCase(Locale.ROOT)
                            + " "
                            + quoted(resource.name())
                            + (resource.patternType() == PatternType.PREFIXED
                                    ? " --resource-pattern-type prefixed"
                                    : "");
        };
    }

    /** Names that a shell would take apart are quoted. */
    private static String quoted(String text) {
        return text.matches("[A-Za-z0-9_.:,=/@-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
