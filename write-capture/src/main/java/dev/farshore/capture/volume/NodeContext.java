package dev.farshore.capture.volume;

import dev.farshore.capture.pressure.WritePacer;
import dev.farshore.capture.pressure.WritePacers;
import dev.farshore.capture.publish.Publisher;
import dev.farshore.capture.read.LocalImages;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * What the volumes of a node share.
 *
 * @param site the node's site
 * @param journalDirectory one file a volume written here
 * @param forcers platform threads that put journals on stable storage
 */
public record NodeContext(
        String site,
        Path journalDirectory,
        Publisher publisher,
        LocalImages images,
        Clock clock,
        Executor forcers,
        ConcurrentMap<String, VmClock> vmClocks,
        WritePacers pacers) {

    public NodeContext(
            String site,
            Path journalDirectory,
            Publisher publisher,
            LocalImages images,
            Clock clock,
            Executor forcers) {
        this(
                site,
                journalDirectory,
                publisher,
                images,
                clock,
                forcers,
                new ConcurrentHashMap<>(),
                new WritePacers());
    }

    /** The counter of a VM; a volume without one counts for itself. */
    VmClock vmClock(String vm, String vvol) {
        return vmClocks.computeIfAbsent(sharers(vm, vvol), name -> new VmClock());
    }

    /** What paces the writes of a VM; a volume without one has its own. */
    WritePacer pacer(String vm, String vvol) {
        return pacers.of(sharers(vm, vvol));
    }

    private static String sharers(String vm, String vvol) {
        return vm.isEmpty() ? "volume/" + vvol : "vm/" + vm;
    }
}
