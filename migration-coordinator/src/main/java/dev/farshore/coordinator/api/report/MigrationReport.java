package dev.farshore.coordinator.api.report;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;

/**
 * A migration, while it runs and afterwards.
 *
 * @param step the state it is in, as in {@code farshore.migrations}
 * @param over no further step will follow
 * @param reason why it was given up; empty otherwise
 * @param waitingFor what keeps it in its step; null when nothing does
 * @param downtimeMillis for how long the VM's writes were held, as the nodes tell that held them,
 *     also where it was rolled back; null until they have, and where they can't
 * @param steps all so far, oldest first
 */
public record MigrationReport(
        String id,
        String vm,
        String from,
        String to,
        String mode,
        String step,
        boolean over,
        String reason,
        @Nullable String waitingFor,
        @Nullable Long downtimeMillis,
        Phases phases,
        List<Step> steps) {

    public static final String FINISHED = "FINISHED";

    /** Milliseconds a phase took; null while it is not over. */
    public record Phases(
            @Nullable Long catchUp,
            @Nullable Long seal,
            @Nullable Long drain,
            @Nullable Long open) {}

    /** A step and where the volumes stood; in {@code DRAINING} and {@code OPENING} their seals. */
    public record Step(String step, Instant at, String reason, List<Volume> volumes) {}

    /** Where a volume stood; -1 for what was not known. */
    public record Volume(String name, int epoch, long seq, long vmSeq, long writesOffset) {}

    /** The VM runs at the target. */
    public boolean hasFinished() {
        return step.equals(FINISHED);
    }
}
