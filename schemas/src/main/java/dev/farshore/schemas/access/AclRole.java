package dev.farshore.schemas.access;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.common.acl.AclOperation;

import java.util.ArrayList;
import java.util.List;

/**
 * A kind of process, and the least that it needs from Kafka. A role names no operation that another
 * one of it implies: Read and Write on a topic imply Describe, and Write implies what an idempotent
 * producer needs of the cluster. No role has transactional ids or internal topics: Farshore uses no
 * transactions, and the stores of its Streams applications are fed by its own topics.
 */
public sealed interface AclRole {

    /** As the command takes it. */
    String name();

    /** Each once, by resource. */
    List<Permission> permissions();

    /** Topics whose settings it may and does look at. */
    default List<String> checkedTopics() {
        return permissions().stream()
                .filter(permission -> permission.operation() == DESCRIBE_CONFIGS)
                .map(Permission::name)
                .toList();
    }

    /** Options of {@code farshore acls} that give the same role. */
    String options();

    /** A node of {@code site}. */
    record Node(String site) implements AclRole {
        public static final String NAME = "node";

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String options() {
            return "--role node --site " + site;
        }

        @Override
        public List<Permission> permissions() {
            return new PermissionList()
                    .topic(Topics.WRITES, READ, "apply events, and read payloads back")
                    .topic(Topics.WRITES, WRITE, "publish its volumes' events")
                    .topic(Topics.HEADERS, READ, "index what images lack")
                    .topic(Topics.HEADERS, WRITE, "publish the headers of its volumes' events")
                    .topic(Topics.PROGRESS, READ, "know how far other sites are")
                    .topic(Topics.PROGRESS, WRITE, "report how far its images are")
                    .topic(Topics.VOLUMES, READ, "know the volumes")
                    .topic(Topics.CLOCKS, READ, "know other nodes, and the clocks of both")
                    .topic(Topics.CLOCKS, WRITE, "claim its name, and compare its clock")
                    .settings(
                            Topics.WRITES,
                            Topics.HEADERS,
                            Topics.PROGRESS,
                            Topics.VOLUMES,
                            Topics.CLOCKS)
                    .group(ConsumerGroups.ofSite(site), "share the site's partitions")
                    .permissions();
        }
    }

    /** The coordinator, or each of several. */
    record Coordinator() implements AclRole {
        public static final String NAME = "coordinator";

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String options() {
            return "--role coordinator";
        }

        @Override
        public List<Permission> permissions() {
            PermissionList list =
                    new PermissionList()
                            .topic(Topics.WRITES, DESCRIBE, "know where the log begins and ends")
                            .topic(Topics.HEADERS, READ, "measure lag")
                            .topic(Topics.PROGRESS, READ, "know how far images are")
                            .topic(Topics.PROGRESS, WRITE, "forget a site")
                            .topic(Topics.VOLUMES, READ, "know the volumes")
                            .topic(Topics.VOLUMES, WRITE, "create, change and move volumes")
                            .topic(Topics.MIGRATIONS, READ, "go on with hand-overs")
                            .topic(Topics.MIGRATIONS, WRITE, "record each step of a hand-over")
                            .topic(Topics.CLOCKS, READ, "know the nodes and their clocks")
                            .topic(
                                    Topics.CLOCKS,
                                    WRITE,
                                    "compare its clock, drain nodes, and forget a site");
            Topics.ALL.forEach(topic -> list.topic(topic, CREATE, "create it if it is missing"));
            return list.settings(Topics.ALL.toArray(String[]::new))
                    .cluster(DESCRIBE, "know the log's size, for the time left to slow sites")
                    .permissions();
        }
    }

    /**
     * A program of others that processes the log.
     *
     * @param groupPrefix with which the names of its consumer groups begin
     */
    record Reader(String groupPrefix) implements AclRole {
        public static final String NAME = "reader";

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String options() {
            return "--role reader --group-prefix " + groupPrefix;
        }

        @Override
        public List<Permission> permissions() {
            return new PermissionList()
                    .topic(Topics.WRITES, READ, "process events")
                    .topic(Topics.HEADERS, READ, "process events without their payload")
                    .topic(Topics.PROGRESS, READ, "see how far images are")
                    .topic(Topics.VOLUMES, READ, "see the volumes")
                    .topic(Topics.MIGRATIONS, READ, "see hand-overs")
                    .groups(groupPrefix, "share partitions, and keep its position")
                    .permissions();
        }
    }

    /** A dashboard or monitor that works out lag by itself; it never sees payloads. */
    record LagReader() implements AclRole {
        public static final String NAME = "lag-reader";

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String options() {
            return "--role lag-reader";
        }

        @Override
        public List<Permission> permissions() {
            return new PermissionList()
                    .topic(Topics.WRITES, DESCRIBE, "know where the log begins and ends")
                    .topic(Topics.HEADERS, READ, "know what events there are, and their age")
                    .topic(Topics.PROGRESS, READ, "know how far images are")
                    .topic(Topics.VOLUMES, READ, "know the volumes")
                    .topic(Topics.CLOCKS, READ, "correct ages by the clocks' differences")
                    .permissions();
        }
    }

    /** Who verifies the history: all of it, and how long it is kept. */
    record Auditor() implements AclRole {
        public static final String NAME = "auditor";

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String options() {
            return "--role auditor";
        }

        @Override
        public List<Permission> permissions() {
            return new PermissionList()
                    .topic(Topics.WRITES, READ, "compare payloads with their hashes")
                    .topic(Topics.HEADERS, READ, "follow the hash chain")
                    .topic(Topics.VOLUMES, READ, "know the volumes")
                    .topic(Topics.MIGRATIONS, READ, "know who was to write when")
                    .settings(Topics.WRITES, Topics.HEADERS, Topics.VOLUMES, Topics.MIGRATIONS)
                    .permissions();
        }
    }

    /** Puts a role's list together. */
    final class PermissionList {
        private final List<Permission> permissions = new ArrayList<>();

        private PermissionList() {}

        private PermissionList topic(String topic, AclOperation operation, String why) {
            permissions.add(Permission.onTopic(topic, operation, why));
            return this;
        }

        private PermissionList settings(String... topics) {
            for (String topic : topics) {
                topic(topic, DESCRIBE_CONFIGS, "check that the topic can't lose events");
            }
            return this;
        }

        private PermissionList group(String group, String why) {
            permissions.add(Permission.onGroup(group, why));
            return this;
        }

        private PermissionList groups(String prefix, String why) {
            permissions.add(Permission.onGroups(prefix, why));
            return this;
        }

        private PermissionList cluster(AclOperation operation, String why) {
            permissions.add(Permission.onCluster(operation, why));
            return this;
        }

        private List<Permission> permissions() {
            return List.copyOf(permissions);
        }
    }
}
