package dev.farshore.capture.change;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.nbd.BlockDevice.Completion;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.EventKind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Completes the changes of a volume: at once, when they are stable, or at the pace that their VM is
 * limited to. Threading: any thread, with no lock held.
 */
public final class Completions {
    private final StableFlush stability;
    private final VolumeTraffic traffic;
    private final CaptureObserver observer;
    private final LongSupplier nanoClock;

    /** Nobody measures. */
    public Completions(StableFlush stability, VolumeTraffic traffic) {
        this(stability, traffic, CaptureObserver.NONE, System::nanoTime);
    }

    /**
     * @param observer told how long flushes wait
     */
    public Completions(
            StableFlush stability,
            VolumeTraffic traffic,
            CaptureObserver observer,
            LongSupplier nanoClock) {
        this.stability = stability;
        this.traffic = traffic;
        this.observer = observer;
        this.nanoClock = nanoClock;
    }

    /** The change is in the journal up to event {@code seq}. */
    void journaled(Change change, long seq) {
        if (change.kind() == EventKind.WRITE) {
            change.done().payloadTaken();
        }
        if (change.untilStable()) {
            Durability promised = stability.promised();
            long fromNanos = nanoClock.getAsLong();
            stability.whenStable(
                    promised,
                    seq,
                    error -> {
                        if (error == null) {
                            observer.flushWaited(promised, nanoClock.getAsLong() - fromNanos);
                        }
                        complete(change, error);
                    });
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
