package dev.farshore.schemas.access;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Asks Kafka what this process may do, and compares it with what it needs. The brokers tell any
 * client its own operations on what it may describe, so this needs no permission of its own.
 *
 * <p>What can't be told counts as allowed: a topic or group that does not exist, and brokers
 * without an authorizer. The operation itself will tell then. To create a topic that is there
 * counts as allowed, too.
 */
public final class AccessCheck {
    private final Admin admin;
    private final int timeoutMillis;

    /**
     * @param admin of the process itself; stays the caller's to close
     * @param timeout of each question
     */
    public AccessCheck(Admin admin, Duration timeout) {
        this.admin = admin;
        this.timeoutMillis = Math.toIntExact(timeout.toMillis());
    }

    /**
     * Which of {@code needed} are not granted, in that order.
     *
     * @throws ExecutionException if the brokers do not answer
     */
    public List<Permission> missing(List<Permission> needed)
            throws ExecutionException, InterruptedException {
        Map<String, KafkaFuture<Set<AclOperation>>> topics = topics(needed);
        Map<String, KafkaFuture<Set<AclOperation>>> groups = groups(needed);
        Map<String, KafkaFuture<Set<AclOperation>>> cluster = cluster(needed);
        List<Permission> missing = new ArrayList<>();
        for (Permission permission : needed) {
            KafkaFuture<Set<AclOperation>> allowed =
                    switch (permission.type()) {
                        case TOPIC -> topics.get(permission.name());
                        case GROUP -> groups.get(permission.name());
                        case CLUSTER -> cluster.get(permission.name());
                        default -> null;
                    };
            if (allowed != null && !isAllowed(permission, allowed)) {
                missing.add(permission);
            }
        }
        return List.copyOf(missing);
    }

    private Map<String, KafkaFuture<Set<AclOperation>>> topics(List<Permission> needed) {
        Map<String, KafkaFuture<Set<AclOperation>>> answers = new HashMap<>();
        admin.describeTopics(
                        names(needed, ResourceType.TOPIC),
                        new DescribeTopicsOptions()
                                .includeAuthorizedOperations(true)
                                .timeoutMs(timeoutMillis))
                .topicNameValues()
                .forEach(
                        (name, topic) ->
                                answers.put(
                                        name,
                                        topic.thenApply(found -> found.authorizedOperations())));
        return answers;
    }

    private Map<String, KafkaFuture<Set<AclOperation>>> groups(List<Permission> needed) {
        Map<String, KafkaFuture<Set<AclOperation>>> answers = new HashMap<>();
        admin.describeConsumerGroups(
                        names(needed, ResourceType.GROUP),
                        new DescribeConsumerGroupsOptions()
                                .includeAuthorizedOperations(true)
                                .timeoutMs(timeoutMillis))
                .describedGroups()
                .forEach(
                        (name, group) ->
                                answers.put(
                                        name,
                                        group.thenApply(found -> found.authorizedOperations())));
        return answers;
    }

    /** Not asked for when nothing is needed of it: brokers log that as denied. */
    private Map<String, KafkaFuture<Set<AclOperation>>> cluster(List<Permission> needed) {
        Map<String, KafkaFuture<Set<AclOperation>>> answers = new HashMap<>();
        for (String name : names(needed, ResourceType.CLUSTER)) {
            answers.put(
                    name,
                    admin.describeCluster(
                                    new DescribeClusterOptions()
                                            .includeAuthorizedOperations(true)
                                            .timeoutMs(timeoutMillis))
                            .authorizedOperations());
        }
        return answers;
    }

    private static Set<String> names(List<Permission> needed, ResourceType type) {
        Set<String> names = new LinkedHashSet<>();
        needed.stream()
                .filter(permission -> permission.type() == type)
                .filter(permission -> permission.resource().patternType() == PatternType.LITERAL)
                .forEach(permission -> names.add(permission.name()));
        return names;
    }

    private static boolean isAllowed(Permission permission, KafkaFuture<Set<AclOperation>> asked)
            throws ExecutionException, InterruptedException {
        try {
            @Nullable Set<AclOperation> allowed = asked.get();
            return allowed == null
                    || allowed.contains(permission.operation())
                    || permission.operation() == AclOperation.CREATE; // it is there already
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                // It may not even be described. Only what would imply that is known to be missing.
                return !impliesDescribe(permission.operation());
            }
            if (isAbsent(e.getCause())) {
                return true;
            }
            throw e;
        }
    }

    private static boolean isAbsent(@Nullable Throwable cause) {
        return cause instanceof UnknownTopicOrPartitionException
                || cause instanceof GroupIdNotFoundException;
    }

    private static boolean impliesDescribe(AclOperation operation) {
        return switch (operation) {
            case READ, WRITE, DELETE, ALTER, DESCRIBE -> true;
            default -> false;
        };
    }
}
