package dev.farshore.process.start;

import dev.farshore.schemas.access.AccessCheck;
import dev.farshore.schemas.access.Permission;
import dev.farshore.schemas.access.ProcessAccess;
import dev.farshore.schemas.topic.TopicCheck;
import dev.farshore.schemas.topic.TopicRisk;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Whether Kafka allows this process all that it needs, and whether the topics keep what they are
 * given: at start, and every few seconds after that. Kafka's clients go on trying by themselves and
 * say only that they are not authorized; this says what for, and how to grant it.
 *
 * <p>Threading: a thread of its own asks; any thread may read what it found.
 */
public final class ClusterWatch implements KafkaConditions, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    /** Settings of topics are changed by people, now and then. */
    private static final int LOOKS_FOR_EACH_AT_TOPICS = 12;

    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CLOSING = Duration.ofSeconds(1);

    private final Admin admin;
    private final AccessCheck accessCheck;
    private final TopicCheck topicCheck;
    private final ProcessAccess access;
    private final Duration interval;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private volatile List<Permission> missing = List.of();
    private volatile @Nullable Map<String, List<TopicRisk>> risks;

    private ClusterWatch(Admin admin, ProcessAccess access, Duration interval) {
        this.admin = admin;
        this.access = access;
        this.interval = interval;
        accessCheck = new AccessCheck(admin, ANSWER_PATIENCE);
        topicCheck = new TopicCheck(admin, access.role().checkedTopics(), ANSWER_PATIENCE);
        thread = Thread.ofVirtual().name("cluster-watch").unstarted(this::run);
    }

    /**
     * Returns when all that the process needs is allowed, as far as Kafka tells.
     *
     * @param kafka settings of a client
     * @throws AccessRefusedException if something is not; at once
     */
    public static ClusterWatch start(Map<String, Object> kafka, ProcessAccess access)
            throws AccessRefusedException, InterruptedException {
        return start(kafka, access, INTERVAL);
    }

    /** The same, asking at other intervals. */
    static ClusterWatch start(Map<String, Object> kafka, ProcessAccess access, Duration interval)
            throws AccessRefusedException, InterruptedException {
        ClusterWatch watch = new ClusterWatch(Admin.create(kafka), access, interval);
        try {
            watch.requireAccess();
        } catch (AccessRefusedException | InterruptedException | RuntimeException e) {
            watch.admin.close(Duration.ZERO);
            throw e;
        }
        watch.thread.start();
        return watch;
    }

    /** Kafka does not allow what the process needs; the message says what, and how to grant it. */
    public static final class AccessRefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        AccessRefusedException(String message) {
            super(message);
        }
    }

    private void requireAccess() throws AccessRefusedException, InterruptedException {
        try {
            List<Permission> lacking = accessCheck.missing(access.role().permissions());
            if (lacking.stream().anyMatch(Permission::isRequired)) {
                throw new AccessRefusedException(access.refusal(lacking));
            }
            tell(lacking);
        } catch (ExecutionException e) {
            untold(e); // it was reachable a moment ago; what comes next waits for it, and tells
        }
    }

    /**
     * Looks at the topics that there are, and warns of what may be lost.
     *
     * @throws dev.farshore.schemas.topic.TopicSetupException if they would not keep events at all
     */
    public void requireTopics() throws InterruptedException {
        try {
            tell(topicCheck.look());
        } catch (ExecutionException e) {
            untold(e);
            return;
        }
        topicCheck.requireUsable();
    }

    /** Topics are missing that the process is not allowed to create. */
    public AccessRefusedException mayNotCreate(Collection<String> topics) {
        return new AccessRefusedException(
                access.refusal(
                        access.role().permissions().stream()
                                .filter(
                                        permission ->
                                                permission.operation() == AclOperation.CREATE
                                                        && topics.contains(permission.name()))
                                .toList()));
    }

    private void run() {
        try {
            for (int looks = 1;
                    !closed.await(interval.toMillis(), TimeUnit.MILLISECONDS);
                    looks++) {
                look(risks == null || looks % LOOKS_FOR_EACH_AT_TOPICS == 0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody does
        }
    }

    private void look(boolean isAtTopics) throws InterruptedException {
        try {
            tell(accessCheck.missing(access.role().permissions()));
            if (isAtTopics) {
                tell(topicCheck.look());
            }
        } catch (ExecutionException | KafkaException e) {
            untold(e); // an outage: what was known last stands
        }
    }

    private void tell(List<Permission> now) {
        List<Permission> before = missing;
        missing = now;
        if (now.isEmpty() && !before.isEmpty()) {
            log.atInfo()
                    .addKeyValue("principal", access.principal())
                    .log("Kafka allows all that is needed again");
        } else if (!now.equals(before)) {
            log.atError()
                    .addKeyValue("principal", access.principal())
                    .log("{}; it goes on by itself when that is granted", access.refusal(now));
        }
    }

    /** One line for each kind of risk, however many topics it concerns; again when it changes. */
    private void tell(Map<String, List<TopicRisk>> now) {
        Map<String, List<TopicRisk>> before = risks;
        risks = now;
        if (before != null && before.equals(now)) {
            return;
        }
        List<String> toldBefore = before == null ? List.of() : texts(before);
        texts(now).stream()
                .filter(text -> !toldBefore.contains(text))
                .forEach(text -> log.atWarn().log("{}", text));
    }

    private static List<String> texts(Map<String, List<TopicRisk>> risks) {
        Map<String, List<String>> topics = new LinkedHashMap<>();
        risks.forEach(
                (topic, of) ->
                        of.forEach(
                                risk ->
                                        topics.computeIfAbsent(
                                                        risk.text(), any -> new ArrayList<>())
                                                .add(topic)));
        return topics.entrySet().stream()
                .map(risk -> String.join(", ", risk.getValue()) + ": " + risk.getKey())
                .toList();
    }

    private static void untold(Exception e) {
        log.atDebug().setCause(e).log("permissions and topics could not be asked for");
    }

    @Override
    public String problem() {
        List<Permission> lacking = missing;
        return lacking.isEmpty() ? "" : access.refusal(lacking);
    }

    @Override
    public int missingPermissions() {
        return missing.size();
    }

    @Override
    public List<String> warnings() {
        Map<String, List<TopicRisk>> known = risks;
        return known == null ? List.of() : texts(known);
    }

    @Override
    public Map<String, Boolean> canLoseEvents() {
        Map<String, Boolean> topics = new LinkedHashMap<>();
        Map<String, List<TopicRisk>> known = risks;
        if (known != null) {
            known.forEach(
                    (topic, of) ->
                            topics.put(topic, of.stream().anyMatch(TopicRisk::canLoseEvents)));
        }
        return topics;
    }

    @Override
    public void close() {
        closed.countDown();
        admin.close(CLOSING);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
