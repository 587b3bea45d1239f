package dev.farshore.capture.volume;

import dev.farshore.capture.publish.HeaderRepair;
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
        HeaderRepair headerRepair,
        Clock clock,
        Executor forcers,
        ConcurrentMap<String, VmClock> vmClocks) {

    public NodeContext(
            String site,
            Path journalDirectory,
            Publisher publisher,
            LocalImages images,
            HeaderRepair headerRepair,
            Clock clock,
            Executor forcers) {
        this(
                site,
                journalDirectory,
                publisher,
                images,
                headerRepair,
                clock,
                forcers,
                new ConcurrentHashMap<>());
    }

    /** The counter of a VM; a volume without one counts for itself. */
    VmClock vmClock(String vm, String vvol) {
        return vmClocks.computeIfAbsent(
                vm.isEmpty() ? "volume/" + vvol : "vm/" + vm, name -> new VmClock());
    }
}
