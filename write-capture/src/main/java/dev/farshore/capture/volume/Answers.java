package dev.farshore.capture.volume;

import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Objects;

/**
 * Answers the changes of a volume: at once, when they are stable, or at the pace that its VM is
 * limited to. Threading: any thread, with no lock held.
 */
final class Answers {
    private final VolumeTraffic traffic;
    private @Nullable StableFlush stability;

    Answers(VolumeTraffic traffic) {
        this.traffic = traffic;
    }

    /** To be called once, before the first change. */
    void useStability(StableFlush stableFlush) {
        stability = stableFlush;
    }

    /**
     * @param seq of the change's last event
     * @param error why it has none; null if it has
     */
    void finish(Change change, long seq, @Nullable IOException error) {
        if (error == null && change.kind() == EventKind.WRITE) {
            change.done().payloadTaken();
        }
        if (error != null) {
            change.done().complete(error);
        } else if (change.untilStable()) {
            Objects.requireNonNull(stability, "used before it was complete")
                    .whenStable(seq, stable -> answer(change, stable));
        } else {
            answer(change, null);
        }
    }

    private void answer(Change change, @Nullable IOException error) {
        Completion done = change.done();
        if (error != null || change.kind() == EventKind.FLUSH) {
            done.complete(error);
        } else {
            traffic.pacer().complete(change.writtenBytes(), traffic.counters(), done);
        }
    }
}
