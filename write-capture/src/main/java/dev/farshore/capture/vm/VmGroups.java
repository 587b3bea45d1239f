package dev.farshore.capture.vm;

import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.pressure.WriteLimit;
import dev.farshore.capture.pressure.WritePacers;
import dev.farshore.schemas.event.VolumeSpec;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The counters and the write limits of a node's VMs. A volume without a VM has its own of both.
 * Threading: any thread.
 */
public final class VmGroups implements AutoCloseable {
    private final ConcurrentMap<String, VmClock> clocks = new ConcurrentHashMap<>();
    private final WritePacers pacers;

    public VmGroups(LongSupplier nanoClock) {
        this.pacers = new WritePacers(nanoClock);
    }

    /** The counter of the volume's VM. */
    public VmClock clock(VolumeSpec spec) {
        return clocks.computeIfAbsent(group(spec), name -> new VmClock());
    }

    /** What is written to a volume, paced together with the rest of its VM. */
    public VolumeTraffic traffic(VolumeSpec spec) {
        return new VolumeTraffic(pacers, group(spec));
    }

    /** Slows a volume as its spec says. */
    public void limit(VolumeTraffic traffic, VolumeSpec spec) {
        traffic.use(
                group(spec),
                new WriteLimit(
                        Math.max(0, spec.getThrottleBytesPerSecond()),
                        Math.max(0, spec.getThrottleWritesPerSecond())));
    }

    private static String group(VolumeSpec spec) {
        return spec.getVm().isEmpty() ? "volume/" + spec.getVvol() : "vm/" + spec.getVm();
    }

    /** Answers every write that a limit holds back. */
    @Override
    public void close() {
        pacers.close();
    }
}
