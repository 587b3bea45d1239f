package dev.farshore.capture.vm;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts a VM's events over all its volumes. A value is taken between a write's arrival and its
 * acknowledgement, so a write that the guest sent after another's reply has the higher value: every
 * value is a crash-consistent cut of the VM. Threading: any thread.
 */
public final class VmClock {
    private final AtomicLong newestVmSeq = new AtomicLong();

    public long next() {
        return newestVmSeq.incrementAndGet();
    }

    /** From now on values are higher than {@code vmSeq}. */
    public void raise(long vmSeq) {
        newestVmSeq.accumulateAndGet(vmSeq, Math::max);
    }
}
