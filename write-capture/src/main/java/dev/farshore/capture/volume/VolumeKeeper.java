package dev.farshore.capture.volume;

import dev.farshore.capture.ownership.Clients;
import dev.farshore.capture.ownership.CurrentOwnershipState;
import dev.farshore.capture.ownership.Deletion;
import dev.farshore.capture.ownership.OwnershipState;
import dev.farshore.capture.ownership.OwnershipState.Idle;
import dev.farshore.capture.ownership.OwnershipState.MovingToOtherNode;
import dev.farshore.capture.ownership.VolumeLocations;
import dev.farshore.capture.ownership.VolumeParts;
import dev.farshore.capture.ownership.VolumeSteps;
import dev.farshore.capture.ownership.WriteTimes;
import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.seed.control.SeedKeeper;
import dev.farshore.capture.seed.control.SeedStatus;
import dev.farshore.capture.session.LossCount;
import dev.farshore.capture.session.PublishedChain;
import dev.farshore.capture.session.VolumeJournal;
import dev.farshore.capture.session.WriteSession;
import dev.farshore.capture.vm.VmGroups;
import dev.farshore.capture.vm.VmVolumes;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.failure.Reason;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps one volume at this node as its {@link VolumeSpec} says: takes step after step ({@link
 * VolumeSteps}) on a thread of its own, and lets the journal go on with what the image has.
 *
 * <p>Threading: any thread, where nothing else is said.
 */
final class VolumeKeeper implements VmVolumes.Member, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(VolumeKeeper.class);

    /** How often a volume between two states is looked at, and one that rests. */
    private static final long BUSY_PARK_NANOS = 2_000_000;

    private static final long RESTING_PARK_NANOS = 250_000_000;

    private final NodeContext node;
    private final VmGroups vms;
    private final String vvol;
    private final Clients clients;
    private final VolumeTraffic traffic;
    private final VolumeJournal journal;
    private final SeedKeeper seeds;
    private final VolumeSteps steps;
    private final VolumeLocations locations;
    private final CurrentOwnershipState state;
    private final Thread thread;
    private volatile VolumeSpec spec;
    private volatile boolean closed;

    /** The last step's problem, so that it is logged once. Belongs to the keeper's thread. */
    private String stepProblem = "";

    /** Belongs to the thread that releases. */
    private String releaseProblem = "";

    /**
     * @param vmVolumes the volumes of every VM at this node
     */
    VolumeKeeper(NodeContext node, VmGroups vms, VmVolumes vmVolumes, VolumeSpec spec) {
        this.node = node;
        this.vms = vms;
        this.spec = spec;
        this.vvol = spec.getVvol();
        this.locations = new VolumeLocations(node.identity(), node.images());
        this.clients = new Clients(vvol);
        this.traffic = vms.traffic(spec);
        this.journal =
                new VolumeJournal(
                        vvol,
                        node.journals(),
                        node.forSessions(),
                        new PublishedChain(node.images(), node.log().headerRepair()),
                        vms,
                        traffic);
        this.seeds = new SeedKeeper(node.forSeeds(), vvol, () -> this.spec);
        this.steps =
                new VolumeSteps(
                        node.forOwnership(vms, vmVolumes),
                        new VolumeParts(vvol, journal, clients, seeds));
        this.state = new CurrentOwnershipState(vvol, node.identity().site(), clients, node.time());
        this.thread = Thread.ofVirtual().name("keeper-" + vvol).unstarted(this::run);
    }

    void start() {
        vms.limit(traffic, spec);
        thread.start();
    }

    VolumeSpec spec() {
        return spec;
    }

    OwnershipState state() {
        return state.get();
    }

    Clients clients() {
        return clients;
    }

    LocalImages images() {
        return node.images();
    }

    @Override
    public String vm() {
        return spec.getVm();
    }

    @Override
    public Optional<LocalImage> image() {
        return node.images().find(vvol);
    }

    @Override
    public boolean isJournalRead() {
        return journal.isRead();
    }

    @Override
    public boolean isStaying() {
        return state.get() instanceof OwnershipState.Open && locations.otherNode(spec).isEmpty();
    }

    /** Whether it is written here, and another node of the site has said that it keeps it. */
    boolean isGoing() {
        return state.get() instanceof OwnershipState.Open && locations.otherNode(spec).isPresent();
    }

    /** What should be has changed. */
    void update(VolumeSpec newSpec) {
        spec = newSpec;
        vms.limit(traffic, newSpec);
        LockSupport.unpark(thread);
    }

    /** A node of our site has reported on the volume. */
    void reported() {
        if (session() != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Another site, whose image stands at {@code applied}, has hardened it up to {@code seq}. */
    void hardenedElsewhere(LogCursor applied, long seq) {
        WriteSession session = session();
        if (session != null) {
            session.hardenedElsewhere(applied, seq);
        }
    }

    /** The journal in use; null when the volume is not written here. */
    @Nullable WriteSession session() {
        return state.get().sessionIfAny();
    }

    /** Why it can't be written here, where somebody would expect it to be; empty where it can. */
    String reason() {
        OwnershipState now = state.get();
        WriteSession session = now.sessionIfAny();
        return session == null || session.problem().isEmpty() ? now.reason() : session.problem();
    }

    /**
     * Why it can't be written here where it should be, and not just for the moment; empty where it
     * can, or where another node is to.
     */
    String trouble() {
        VolumeSpec wanted = spec;
        boolean isOurs =
                node.identity().isOwner(wanted)
                        && wanted.getPhase() == Phase.OPEN
                        && !Deletion.isWanted(wanted)
                        && node.images().isKeptHere(wanted.getPartition());
        boolean isBrief = state.get() instanceof Idle idle && idle.isBrief();
        return isOurs && !isBrief ? reason() : "";
    }

    /** What its journals have lost since the node's start. */
    LossCount losses() {
        return journal.losses();
    }

    SeedStatus seedStatus() {
        return seeds.status();
    }

    WriteTimes writeTimes() {
        return state.writeTimes();
    }

    VolumeTraffic traffic() {
        return traffic;
    }

    /**
     * Lets the journal go on with what the image has by now; tried again if it fails. By the node's
     * releasing thread, which all volumes need: it throws nothing.
     */
    void release() {
        try {
            tryRelease();
        } catch (RuntimeException | Error e) {
            String problem = String.valueOf(e);
            if (!problem.equals(releaseProblem)) {
                releaseProblem = problem;
                logger.atError()
                        .addKeyValue("vvol", vvol)
                        .setCause(e)
                        .log("journal can't be released");
            }
        }
    }

    private void tryRelease() {
        OwnershipState now = state.get();
        WriteSession session = now.sessionIfAny();
        if (session == null) {
            return;
        }
        if (now instanceof MovingToOtherNode) {
            // Nobody reads here any more, and our image may not be kept up to date: what is in the
            // log may go, so that there is room for the seal.
            session.release(Long.MAX_VALUE);
            return;
        }
        Optional<LocalImage> image = image();
        if (image.isPresent()) {
            LocalImage.LogPosition position = image.get().position();
            session.seen(position);
            long appliedSeq = position.cursor().seq();
            session.release(appliedSeq);
            session.reportIfFull(appliedSeq);
        }
    }

    private void run() {
        while (!closed) {
            boolean moved = false;
            VolumeSpec wanted = spec;
            try {
                moved = state.transitionTo(steps.next(state.get(), wanted), wanted.getEpoch());
            } catch (IOException | RuntimeException | Error e) {
                stepFailed(e, wanted);
            }
            if (!moved) {
                LockSupport.parkNanos(
                        state.get().isResting() ? RESTING_PARK_NANOS : BUSY_PARK_NANOS);
            }
        }
    }

    /** Logged once; the step is tried again until it can be done. */
    private void stepFailed(Throwable e, VolumeSpec wanted) {
        String problem = Reason.of(e);
        if (!problem.equals(stepProblem)) {
            stepProblem = problem;
            logger.atError()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("state", state.get().word())
                    .setCause(e)
                    .log("volume can't be served; trying again");
        }
        state.stepFailed(problem, wanted.getEpoch());
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clients.turnAway("the node stops");
        seeds.stop();
        WriteSession session = session();
        if (session != null) {
            try {
                session.close();
            } catch (IOException e) {
                logger.atWarn().addKeyValue("vvol", vvol).setCause(e).log("journal not closed");
            }
        }
    }
}
