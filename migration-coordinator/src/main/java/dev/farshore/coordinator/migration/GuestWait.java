package dev.farshore.coordinator.migration;

import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.Clocks.Skew;
import dev.farshore.schemas.event.Progress;

import java.time.Duration;
import java.util.Optional;

/**
 * For how long a hand-over kept the guest's writes waiting, as the nodes tell that held them: from
 * the first volume held at the source to the last one writable again, wherever that is. When the
 * coordinator noticed is another matter. Each node tells by its own clock; they are compared.
 */
final class GuestWait {
    private static final long SECOND_MICROS = 1_000_000;

    private final Clocks clocks;

    GuestWait(Clocks clocks) {
        this.clocks = clocks;
    }

    /**
     * Empty until every volume is writable again, and where a node has been started again since.
     */
    Optional<Duration> of(MigrationMachine over, Observation seen) {
        MigrationPlan plan = over.plan();
        boolean isAtTarget = over instanceof MigrationMachine.Finished;
        // What was held before is another hand-over's.
        long earliestMicros = over.timeline().first().atMicros() - SECOND_MICROS;
        long heldMicros = Long.MAX_VALUE;
        long writableMicros = Long.MIN_VALUE;
        for (String vvol : plan.vvols()) {
            Progress source = seen.of(vvol).source();
            Progress writer = isAtTarget ? seen.of(vvol).target() : source;
            if (source == null
                    || writer == null
                    || ours(source, source.getHeldSinceMicros()) < earliestMicros
                    // A later one is from another start of the node.
                    || writer.getWritableEpoch() != over.raisedEpoch(vvol)) {
                return Optional.empty();
            }
            heldMicros = Math.min(heldMicros, ours(source, source.getHeldSinceMicros()));
            writableMicros =
                    Math.max(writableMicros, ours(writer, writer.getWritableSinceMicros()));
        }
        // Clocks may be wrong by more than so short a wait.
        return Optional.of(Duration.ofNanos(1_000 * Math.max(0, writableMicros - heldMicros)));
    }

    private long ours(Progress node, long micros) {
        return micros - clocks.skewOf(node.getSite(), node.getNode()).map(Skew::micros).orElse(0L);
    }
}
