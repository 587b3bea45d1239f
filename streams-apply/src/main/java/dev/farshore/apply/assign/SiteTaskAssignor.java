package dev.farshore.apply.assign;

import dev.farshore.apply.store.ImageStore;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ApplicationState;
import org.apache.kafka.streams.processor.assignment.AssignmentConfigs;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment.AssignedTask;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsState;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.assignment.TaskAssignor;
import org.apache.kafka.streams.processor.assignment.TaskInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives partitions to the nodes of a site, both tasks of a partition to the same node: the index
 * belongs where the images are. {@link PartitionPlan} says by which rules.
 */
public final class SiteTaskAssignor implements TaskAssignor {
    /** Setting: a {@link Placement}; absent for none. */
    public static final String PLACEMENT_CONFIG = "farshore.placement";

    /**
     * While a copy warms up, so that it takes over soon after it is ready. Nobody's work is
     * interrupted by a rebalance that moves nothing. (Streams' own probing interval is no less than
     * a minute.)
     */
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(10);

    /** Client tag: the node's name. */
    public static final String NODE_TAG = "node";

    private static final Logger LOG = LoggerFactory.getLogger(SiteTaskAssignor.class);

    private Placement placement = Placement.NONE;
    private String ownTag = "";

    /** A node's name as a tag: Kafka Streams allows so many characters. */
    public static String nodeTag(String node) {
        int length =
                Math.min(node.length(), StreamsConfig.MAX_RACK_AWARE_ASSIGNMENT_TAG_VALUE_LENGTH);
        return node.substring(0, length);
    }

    @Override
    public void configure(Map<String, ?> settings) {
        if (settings.get(PLACEMENT_CONFIG) instanceof Placement configured) {
            placement = new Tagged(configured);
        }
        ownTag = String.valueOf(settings.get(StreamsConfig.clientTagPrefix(NODE_TAG)));
    }

    /** Speaks of nodes by their tags. */
    private record Tagged(Placement placement) implements Placement {
        @Override
        public Optional<String> nodeOf(int partition) {
            return placement.nodeOf(partition).map(SiteTaskAssignor::nodeTag);
        }

        @Override
        public boolean isWritten(int partition) {
            return placement.isWritten(partition);
        }

        @Override
        public Set<String> faultyAt(int partition) {
            return placement.faultyAt(partition).stream()
                    .map(SiteTaskAssignor::nodeTag)
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public Set<String> drained() {
            return placement.drained().stream()
                    .map(SiteTaskAssignor::nodeTag)
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public Set<Integer> leaving() {
            return placement.leaving();
        }

        @Override
        public Set<Integer> together(int partition) {
            return placement.together(partition);
        }
    }

    @Override
    public TaskAssignment assign(ApplicationState application) {
        Collection<TaskInfo> tasks = application.allTasks().values();
        Map<Integer, List<TaskId>> tasksByPartition =
                tasks.stream().map(TaskInfo::id).collect(Collectors.groupingBy(TaskId::partition));
        Map<Integer, TaskId> imageTasks =
                tasks.stream()
                        .filter(task -> task.stateStoreNames().contains(ImageStore.NAME))
                        .map(TaskInfo::id)
                        .collect(Collectors.toMap(TaskId::partition, id -> id));
        Collection<KafkaStreamsState> states = application.kafkaStreamsStates(true).values();
        AssignmentConfigs settings = application.assignmentConfigs();
        PartitionPlan<ProcessId> plan =
                PartitionPlan.of(
                        states.stream().map(state -> node(state, imageTasks)).toList(),
                        tasksByPartition.keySet(),
                        new PartitionPlan.Rules(
                                settings.numStandbyReplicas(),
                                settings.maxWarmupReplicas(),
                                settings.acceptableRecoveryLag(),
                                placement));
        LOG.atInfo()
                .addKeyValue("nodes", states.size())
                .addKeyValue("partitions", tasksByPartition.size())
                .addKeyValue("final", plan.isFinal())
                .log("Partitions are assigned");
        return assignment(states, tasksByPartition, plan, ownProcess(states));
    }

    /** This node, which leads the group. */
    private Optional<ProcessId> ownProcess(Collection<KafkaStreamsState> states) {
        return states.stream()
                .filter(state -> ownTag.equals(state.clientTags().get(NODE_TAG)))
                .map(KafkaStreamsState::processId)
                .findFirst();
    }

    private NodeState<ProcessId> node(KafkaStreamsState state, Map<Integer, TaskId> imageTasks) {
        Map<TaskId, Long> lagsByTask = state.statefulTasksToLagSums();
        Set<Integer> active = new HashSet<>();
        Map<Integer, Long> lags = new HashMap<>();
        imageTasks.forEach(
                (partition, task) -> {
                    if (state.previousActiveTasks().contains(task)) {
                        active.add(partition);
                    }
                    long lag = lagsByTask.getOrDefault(task, -1L);
                    // Below zero are sentinels: active here, or not known.
                    if (lag >= 0) {
                        lags.put(partition, lag);
                    }
                });
        String name = state.clientTags().getOrDefault(NODE_TAG, state.processId().toString());
        Set<Integer> faulty =
                imageTasks.keySet().stream()
                        .filter(partition -> placement.faultyAt(partition).contains(name))
                        .collect(Collectors.toUnmodifiableSet());
        return new NodeState<>(
                state.processId(),
                name,
                Math.max(1, state.numProcessingThreads()),
                active,
                lags,
                faulty,
                placement.drained().contains(name));
    }

    private static TaskAssignment assignment(
            Collection<KafkaStreamsState> states,
            Map<Integer, List<TaskId>> tasksByPartition,
            PartitionPlan<ProcessId> plan,
            Optional<ProcessId> own) {
        Map<ProcessId, Set<AssignedTask>> tasksByNode = new HashMap<>();
        states.forEach(state -> tasksByNode.put(state.processId(), new HashSet<>()));
        tasksByPartition.forEach(
                (partition, ids) -> {
                    // The plan is of just these partitions.
                    ProcessId active = Objects.requireNonNull(plan.active().get(partition));
                    for (TaskId id : ids) {
                        add(tasksByNode, active, id, AssignedTask.Type.ACTIVE);
                        plan.standby()
                                .getOrDefault(partition, Set.of())
                                .forEach(
                                        node ->
                                                add(
                                                        tasksByNode,
                                                        node,
                                                        id,
                                                        AssignedTask.Type.STANDBY));
                    }
                });
        // A time of day by Kafka's own clock, and for this process alone: others' may differ.
        Instant nextLook = Instant.ofEpochMilli(Time.SYSTEM.milliseconds()).plus(LOOK_AGAIN_AFTER);
        return new TaskAssignment(
                tasksByNode.entrySet().stream()
                        .map(entry -> KafkaStreamsAssignment.of(entry.getKey(), entry.getValue()))
                        .map(
                                assignment ->
                                        isToLookAgain(plan, own, assignment.processId())
                                                ? assignment.withFollowupRebalance(nextLook)
                                                : assignment)
                        .toList());
    }

    private static boolean isToLookAgain(
            PartitionPlan<ProcessId> plan, Optional<ProcessId> own, ProcessId process) {
        return !plan.isFinal() && (own.isEmpty() || own.get().equals(process));
    }

    private static void add(
            Map<ProcessId, Set<AssignedTask>> tasksByNode,
            ProcessId node,
            TaskId id,
            AssignedTask.Type type) {
        Set<AssignedTask> tasks = tasksByNode.get(node);
        if (tasks != null) {
            tasks.add(new AssignedTask(id, type));
        }
    }
}
