package dev.farshore.schemas.access;

import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

import java.util.Locale;

/**
 * One operation on one resource that a process needs.
 *
 * @param isRequired whether the process refuses to start without it; else it goes on with less
 * @param why what the process does with it, in words that follow "to"
 */
public record Permission(
        ResourcePattern resource, AclOperation operation, boolean isRequired, String why) {

    static Permission onTopic(String topic, AclOperation operation, String why) {
        return new Permission(literal(ResourceType.TOPIC, topic), operation, true, why);
    }

    static Permission onGroup(String group, String why) {
        return new Permission(literal(ResourceType.GROUP, group), AclOperation.READ, true, why);
    }

    /** On all groups whose names begin with {@code prefix}. */
    static Permission onGroups(String prefix, String why) {
        return new Permission(
                new ResourcePattern(ResourceType.GROUP, prefix, PatternType.PREFIXED),
                AclOperation.READ,
                true,
                why);
    }

    /** On the cluster as a whole; a process can do without, as not every operator grants that. */
    static Permission onCluster(AclOperation operation, String why) {
        return new Permission(
                literal(ResourceType.CLUSTER, Resource.CLUSTER_NAME), operation, false, why);
    }

    private static ResourcePattern literal(ResourceType type, String name) {
        return new ResourcePattern(type, name, PatternType.LITERAL);
    }

    /** As Kafka keeps it. */
    public AclBinding allowedTo(String principal, String host) {
        return new AclBinding(
                resource,
                new AccessControlEntry(principal, host, operation, AclPermissionType.ALLOW));
    }

    public ResourceType type() {
        return resource.resourceType();
    }

    public String name() {
        return resource.name();
    }

    /** Such as {@code Read on topic farshore.writes}. */
    public String text() {
        return operationName(operation) + " on " + resourceText(resource);
    }

    /** As Kafka's tools write it: {@code DescribeConfigs}. */
    public static String operationName(AclOperation operation) {
        StringBuilder name = new StringBuilder();
        for (String word : operation.name().split("_", -1)) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }

    /** Such as {@code topic farshore.writes}, {@code groups team-*} or {@code the cluster}. */
    public static String resourceText(ResourcePattern resource) {
        String type = resource.resourceType().name().toLowerCase(Locale.ROOT);
        return switch (resource.resourceType()) {
            case CLUSTER -> "the cluster";
            default ->
                    resource.patternType() == PatternType.PREFIXED
                            ? type + "s " + resource.name() + "*"
                            : type + " " + resource.name();
        };
    }
}
