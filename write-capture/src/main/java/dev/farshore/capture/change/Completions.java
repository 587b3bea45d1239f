package dev.farshore.capture.change;

import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Completes the changes of a volume: at once, when they are stable, or at the pace that their VM is
 * limited to. Threading: any thread, with no lock held.
 */
public final class Completions {
    private final StableFlush stability;
    private final VolumeTraffic traffic;

    public Completions(StableFlush stability, VolumeTraffic traffic) {
        this.stability = stability;
        this.traffic = traffic;
    }

    /** The change is in the journal up to event {@code seq}. */
    void journaled(Change change, long seq) {
        if (change.kind() == EventKind.WRITE) {
            change.done().payloadTaken();
        }
        if (change.untilStable()) {
            stability.whenStable(seq, error -> complete(change, error));
        } else {
            complete(change, null);
        }
    }

    private void complete(Change change, @Nullable IOException error) {
        Completion done = change.done();
        if (error != null || change.kind() == EventKind.FLUSH) {
            done.complete(error);
        } else {
            traffic.pacer().complete(change.writtenBytes(), traffic.counters(), done);
        }
    }
}
