package dev.farshore.capture.volume;

import dev.farshore.capture.observe.CaptureObserver;
import dev.farshore.capture.ownership.OwnershipContext;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.ImportRules;
import dev.farshore.capture.seed.control.SeedContext;
import dev.farshore.capture.session.JournalFolder;
import dev.farshore.capture.session.NodeIdentity;
import dev.farshore.capture.session.NodeTime;
import dev.farshore.capture.session.SessionContext;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.capture.vm.VmVolumes;

import java.util.concurrent.Executor;

/**
 * What the volumes of a node share.
 *
 * @param images as the node's appliers keep them
 * @param imports what may be imported
 * @param forcers platform threads that put journals on stable storage, and wait for other things
 */
public record NodeContext(
        NodeIdentity identity,
        JournalFolder journals,
        LogAccess log,
        LocalImages images,
        ImportRules imports,
        Executor forcers,
        NodeTime time,
        CaptureObserver observer) {

    /** Nobody measures. */
    public NodeContext(
            NodeIdentity identity,
            JournalFolder journals,
            LogAccess log,
            LocalImages images,
            ImportRules imports,
            Executor forcers,
            NodeTime time) {
        this(identity, journals, log, images, imports, forcers, time, CaptureObserver.NONE);
    }

    SessionContext forSessions() {
        return new SessionContext(identity, log.publisher(), forcers, time, observer);
    }

    OwnershipContext forOwnership(VmGroups vms, VmVolumes vmVolumes) {
        return new OwnershipContext(identity, images, log.headerRepair(), vms, vmVolumes, time);
    }

    SeedContext forSeeds() {
        return new SeedContext(
                images,
                log.logScan(),
                imports,
                journals.directory().resolveSibling("imports"),
                forcers,
                time);
    }
}
