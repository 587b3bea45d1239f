package dev.farshore.capture.volume;

import dev.farshore.capture.journal.HostBoot;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.pressure.WriteLimit;
import dev.farshore.capture.pressure.WritePacers;
import dev.farshore.capture.publish.HeaderRepair;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.LogScan;
import dev.farshore.schemas.event.VolumeSpec;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * What the volumes of a node share.
 *
 * @param site the node's site
 * @param node its name
 * @param process a random number of this process: of two that use one name, or copies of one data
 *     folder, it tells the one from the other
 * @param journalDirectory one file a volume written here
 * @param forcers platform threads that put journals on stable storage, and wait for other things
 * @param logScan {@link LogScan#NONE} where no import is ever continued
 * @param imports what may be imported
 * @param hostBoot the start of the host that the node runs in
 */
public record NodeContext(
        String site,
        String node,
        String process,
        Path journalDirectory,
        Publisher publisher,
        LocalImages images,
        HeaderRepair headerRepair,
        Clock clock,
        Executor forcers,
        LogScan logScan,
        ImportRules imports,
        ConcurrentMap<String, VmClock> vmClocks,
        WritePacers pacers,
        HostBoot hostBoot) {

    public NodeContext(
            String site,
            String node,
            String process,
            Path journalDirectory,
            Publisher publisher,
            LocalImages images,
            HeaderRepair headerRepair,
            Clock clock,
            Executor forcers,
            LogScan logScan,
            ImportRules imports) {
        this(
                site,
                node,
                process,
                journalDirectory,
                publisher,
                images,
                headerRepair,
                clock,
                forcers,
                logScan,
                imports,
                new ConcurrentHashMap<>(),
                new WritePacers(),
                HostBoot.present());
    }

    /** The same in another start of the host, for tests that play its crash. */
    NodeContext inHostBoot(HostBoot boot) {
        return new NodeContext(
                site,
                node,
                process,
                journalDirectory,
                publisher,
                images,
                headerRepair,
                clock,
                forcers,
                logScan,
                imports,
                vmClocks,
                pacers,
                boot);
    }

    /** Whether it is our site that may write a volume. */
    boolean isOwner(VolumeSpec spec) {
        return spec.getOwner().equals(site);
    }

    /** The counter of a VM; a volume without one counts for itself. */
    VmClock vmClock(String vm, String vvol) {
        return vmClocks.computeIfAbsent(sharers(vm, vvol), name -> new VmClock());
    }

    /** What is written to a volume, paced with the rest of its VM. */
    VolumeTraffic traffic(VolumeSpec spec) {
        return new VolumeTraffic(pacers, sharers(spec.getVm(), spec.getVvol()));
    }

    /** Slows a volume as its spec says. */
    void limit(VolumeTraffic traffic, VolumeSpec spec) {
        traffic.use(
                sharers(spec.getVm(), spec.getVvol()),
                new WriteLimit(
                        Math.max(0, spec.getThrottleBytesPerSecond()),
                        Math.max(0, spec.getThrottleWritesPerSecond())));
    }

    /** Name of what shares a counter and a limit: the VM; a volume without one has its own. */
    private static String sharers(String vm, String vvol) {
        return vm.isEmpty() ? "volume/" + vvol : "vm/" + vm;
    }
}
