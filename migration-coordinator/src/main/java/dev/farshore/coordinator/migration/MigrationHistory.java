package dev.farshore.coordinator.migration;

import dev.farshore.coordinator.migration.MigrationMachine.Finished;
import dev.farshore.coordinator.migration.MigrationMachine.RolledBack;
import dev.farshore.coordinator.migration.MigrationMachine.Started;
import dev.farshore.schemas.event.MigrationEvent;
import dev.farshore.schemas.event.MigrationStep;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * All migrations, as the log tells them. State changes only here and only by replaying what is in
 * {@code farshore.migrations}: the log's order is the arbiter. Every reader ignores an event that
 * is no legal exit of the state at its place in the log; a coordinator that was replaced and did
 * not know it may write such events.
 *
 * <p>Thread-safe; the machines it returns are values.
 */
public final class MigrationHistory {
    private static final Logger log = LoggerFactory.getLogger(MigrationHistory.class);

    private final Map<String, MigrationMachine> byId = new LinkedHashMap<>();
    private final Map<String, MigrationMachine> newestByVm = new LinkedHashMap<>();

    /** The newest migration of each VM that has raised its epochs, and is over. */
    private final Map<String, MigrationMachine> newestRaisedByVm = new LinkedHashMap<>();

    /** Takes in the next event of the log; false if it was not legal and is ignored. */
    public synchronized boolean replay(MigrationEvent event) {
        MigrationMachine current = byId.get(event.getMigration());
        Optional<MigrationMachine> next;
        try {
            next =
                    event.getStep() == MigrationStep.STARTED
                            ? start(current, event)
                            : current == null
                                    ? Optional.empty()
                                    : MigrationEvents.replay(current, event);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logIgnored(event, current, e.getMessage());
            return false;
        }
        if (next.isEmpty()) {
            logIgnored(event, current, "no legal exit");
            return false;
        }
        MigrationMachine machine = next.get();
        byId.put(event.getMigration(), machine);
        if (event.getStep() == MigrationStep.RESUMED && current != null) {
            // It may be over for long: only where it is the newest it stays that.
            newestByVm.replace(event.getVm(), current, machine);
            newestRaisedByVm.replace(event.getVm(), current, machine);
            return true;
        }
        newestByVm.put(event.getVm(), machine);
        if (machine instanceof Finished || machine instanceof RolledBack) {
            newestRaisedByVm.put(event.getVm(), machine);
        }
        // Quiet: at every start the whole history passes here.
        log.atDebug()
                .addKeyValue("migration", event.getMigration())
                .addKeyValue("vm", event.getVm())
                .addKeyValue("old", current == null ? "" : current.timeline().last().step())
                .addKeyValue("new", event.getStep())
                .addKeyValue("reason", event.getReason())
                .log("migration event replayed");
        return true;
    }

    /**
     * Of two migrations of a VM started at once, the first in the log counts; and one that was
     * planned from specs that are history by now does not count.
     */
    private Optional<MigrationMachine> start(
            @Nullable MigrationMachine sameId, MigrationEvent event) {
        MigrationMachine newest = newestByVm.get(event.getVm());
        if (sameId != null || (newest != null && !newest.isOver())) {
            return Optional.empty();
        }
        Started started = MigrationEvents.start(event);
        MigrationMachine raised = newestRaisedByVm.get(event.getVm());
        return raised == null || isPlannedAfter(raised, started.plan())
                ? Optional.of(started)
                : Optional.empty();
    }

    /** Nodes and operators raise epochs between migrations, too. */
    private static boolean isPlannedAfter(MigrationMachine raised, MigrationPlan plan) {
        return plan.vvols().stream()
                .filter(raised.plan().vvols()::contains)
                .allMatch(vvol -> plan.sourceEpoch(vvol) >= raised.raisedEpoch(vvol));
    }

    public synchronized Optional<MigrationMachine> find(String migration) {
        return Optional.ofNullable(byId.get(migration));
    }

    /** In the order in which they were started. */
    public synchronized List<MigrationMachine> all() {
        return List.copyOf(byId.values());
    }

    /** The migrations that are not over: at most one of each VM. */
    public synchronized List<MigrationMachine> underway() {
        return newestByVm.values().stream().filter(machine -> !machine.isOver()).toList();
    }

    /**
     * The migrations whose states say what the specs of their volumes are to be: of each VM the
     * newest that raised the epochs, and after it the one underway.
     */
    public synchronized List<MigrationMachine> governing() {
        return Stream.concat(newestRaisedByVm.values().stream(), underway().stream()).toList();
    }

    /**
     * The newest of each VM that is over, and of which it is not known how long its guest waited.
     */
    public synchronized List<MigrationMachine> notResumed() {
        return newestRaisedByVm.values().stream()
                .filter(machine -> machine.timeline().waited().isEmpty())
                .toList();
    }

    /** The migration that is moving {@code vm} now. */
    public synchronized Optional<MigrationMachine> moving(String vm) {
        return Optional.ofNullable(newestByVm.get(vm)).filter(machine -> !machine.isOver());
    }

    /** Whether a VM is being moved to {@code site}. */
    public synchronized boolean isMovingTo(String site) {
        return underway().stream().anyMatch(machine -> machine.plan().toSite().equals(site));
    }

    /** The migration that has told {@code vm}'s site to seal, and is not over. */
    public synchronized Optional<MigrationMachine> handingOver(String vm) {
        return moving(vm).filter(MigrationMachine::isHandingOver);
    }

    /** How many migrations of {@code vm} there have been. */
    public synchronized long count(String vm) {
        return byId.values().stream().filter(machine -> machine.plan().vm().equals(vm)).count();
    }

    private static void logIgnored(
            MigrationEvent event, @Nullable MigrationMachine current, @Nullable String reason) {
        log.atWarn()
                .addKeyValue("migration", event.getMigration())
                .addKeyValue("vm", event.getVm())
                .addKeyValue("old", current == null ? "" : current.timeline().last().step())
                .addKeyValue("new", event.getStep())
                .addKeyValue("reason", reason)
                .log("migration event ignored");
    }
}
