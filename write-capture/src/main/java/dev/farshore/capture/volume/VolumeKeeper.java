package dev.farshore.capture.volume;

import dev.farshore.capture.pressure.VolumeTraffic;
import dev.farshore.capture.read.LocalImage;
import dev.farshore.capture.read.LocalImages;
import dev.farshore.capture.read.LocalImages.KeptBy;
import dev.farshore.capture.volume.VolumeState.Idle;
import dev.farshore.capture.volume.VolumeState.Leaving;
import dev.farshore.capture.volume.VolumeState.Moving;
import dev.farshore.capture.volume.VolumeState.Open;
import dev.farshore.capture.volume.VolumeState.Opening;
import dev.farshore.capture.volume.VolumeState.Sealed;
import dev.farshore.capture.volume.VolumeState.Sealing;
import dev.farshore.capture.volume.VolumeState.Unsettled;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.failure.Reason;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes one volume at this node what its {@link VolumeSpec} says, step by step.
 *
 * <p>Who may write ({@code OneWriter}): the spec names owner and epoch, the log decides. An opening
 * is written at the seq behind our own image; it counts only if our image then shows our own {@code
 * EPOCH_OPENED} as the epoch's ({@link WriteSession#owner}). Until it does no write is accepted. If
 * the log had gone on, the opening is fenced, and we try again behind what our image shows then.
 *
 * <p>Of a site's nodes only the one that keeps the images of the volume's partition opens it.
 * Should two think so for a moment, the log decides between their openings as between those of two
 * sites. How a volume goes to another node while it is open here: {@link Departure}.
 *
 * <p>A restart goes on from its journal: {@link FoundJournal}. Without it nobody can, as we don't
 * know what was acknowledged: the coordinator has to give a new epoch.
 *
 * <p>A journal that has lost its end with the host is not continued in its epoch: {@link LostTail}.
 *
 * <p>Before a seal is written, every header before it is in the log, so that the headers of two
 * owners never interleave; and an opener ({@link Arrival}) waits until it knows the seal's header,
 * or makes what the last owner could not publish any more ({@link LastHeaders}).
 *
 * <p>Threading: {@link #step} by the keeper's own thread only; the rest by any.
 */
final class VolumeKeeper implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(VolumeKeeper.class);

    /** How often a volume between two states is looked at, and one that rests. */
    private static final long BUSY_PARK_NANOS = 2_000_000;

    private static final long RESTING_PARK_NANOS = 250_000_000;

    private final NodeContext node;
    private final VmVolumes vmVolumes;
    private final String vvol;
    private final VolumeJournal journal;
    private final Arrival arrival;
    private final Whereabouts whereabouts;
    private final SeedKeeper seeds;
    private final Clients clients;
    private final Departure departure;
    private final Deletion deletion;
    private final LostTail lostTail;
    private final FoundJournal foundJournal;
    private final HandOver handOver;
    private final VolumeTraffic traffic;
    private final Thread thread;
    private volatile VolumeSpec spec;
    private volatile VolumeState state = new Idle("starting", true);
    private volatile WriteTimes writeTimes = WriteTimes.NEVER;
    private volatile boolean closed;
    private String lastProblem = "";

    /** Belongs to the thread that releases. */
    private String releaseProblem = "";

    /**
     * @param vmVolumes the volumes of every VM at this node
     */
    VolumeKeeper(NodeContext node, VolumeSpec spec, VmVolumes vmVolumes) {
        this.node = node;
        this.vmVolumes = vmVolumes;
        this.spec = spec;
        this.vvol = spec.getVvol();
        this.clients = new Clients(vvol);
        this.traffic = node.traffic(spec);
        this.journal = new VolumeJournal(node, vvol, traffic);
        this.seeds = new SeedKeeper(node, vvol, () -> this.spec);
        this.whereabouts = new Whereabouts(node);
        this.arrival = new Arrival(node, vvol, journal, whereabouts);
        this.departure = new Departure(vvol, clients, whereabouts, seeds);
        this.deletion = new Deletion(clients, seeds);
        this.lostTail = new LostTail(vvol, node, journal, arrival, departure, whereabouts);
        this.foundJournal = new FoundJournal(node, journal, lostTail, departure);
        this.handOver = new HandOver(node, arrival, departure, whereabouts);
        this.thread = Thread.ofVirtual().name("keeper-" + vvol).unstarted(this::run);
    }

    void start() {
        node.limit(traffic, spec);
        thread.start();
    }

    VolumeSpec spec() {
        return spec;
    }

    VolumeState state() {
        return state;
    }

    Whereabouts whereabouts() {
        return whereabouts;
    }

    Clients clients() {
        return clients;
    }

    Optional<LocalImage> image() {
        return node.images().find(vvol);
    }

    LocalImages images() {
        return node.images();
    }

    /** What should be has changed. */
    void update(VolumeSpec newSpec) {
        spec = newSpec;
        node.limit(traffic, newSpec);
        LockSupport.unpark(thread);
    }

    /** A node of our site has said something of the volume. */
    void reported() {
        if (state.sessionIfAny() != null) {
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
        return state.sessionIfAny();
    }

    /** Why it can't be written here, where somebody would expect it to be; empty where it can. */
    String reason() {
        WriteSession session = session();
        return session == null || session.problem().isEmpty() ? state.reason() : session.problem();
    }

    /**
     * Why it can't be written here where it should be, and not just for the moment; empty where it
     * can, or where another node is to.
     */
    String trouble() {
        VolumeSpec wanted = spec;
        boolean isOurs =
                node.isOwner(wanted)
                        && wanted.getPhase() == Phase.OPEN
                        && !Deletion.isWanted(wanted)
                        && node.images().isKeptHere(wanted.getPartition());
        boolean isBrief = state instanceof Idle idle && idle.isBrief();
        return isOurs && !isBrief ? reason() : "";
    }

    /** Says once that {@link #release} fails; it is tried again. */
    void releaseFailed(Throwable e) {
        String problem = String.valueOf(e);
        if (!problem.equals(releaseProblem)) {
            releaseProblem = problem;
            logger.atError().addKeyValue("vvol", vvol).setCause(e).log("journal can't be released");
        }
    }

    /** Lets the journal go on with what the image has by now. */
    void release() throws IOException {
        WriteSession session = session();
        Optional<LocalImage> image = image();
        if (state instanceof Moving(WriteSession moving, int epoch)) {
            // Nobody reads here any more, and our image may not be kept up to date: what is in the
            // log may go, so that there is room for the seal.
            moving.release(Long.MAX_VALUE);
        } else if (session != null && image.isPresent()) {
            LocalImage.LogPosition position = image.get().position();
            session.seen(position);
            long appliedSeq = position.cursor().seq();
            session.release(appliedSeq);
            session.tellIfFull(vvol, appliedSeq);
        }
    }

    /** Whether the VM's clock is beyond all that its journal here has. */
    boolean isJournalRead() {
        return journal.isRead();
    }

    /** What its journals have lost since the node's start. */
    LossCount losses() {
        return journal.losses();
    }

    SeedKeeper.Status seedStatus() {
        return seeds.status();
    }

    WriteTimes writeTimes() {
        return writeTimes;
    }

    VolumeTraffic traffic() {
        return traffic;
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

    private void run() {
        while (!closed) {
            boolean moved;
            try {
                moved = transitionTo(step());
            } catch (IOException | RuntimeException | Error e) {
                moved = false;
                faulted(e);
            }
            if (!moved) {
                LockSupport.parkNanos(state.isResting() ? RESTING_PARK_NANOS : BUSY_PARK_NANOS);
            }
        }
    }

    /** Says so once; the step is tried again until it can be done. */
    private void faulted(Throwable e) {
        String problem = Reason.of(e);
        if (!problem.equals(lastProblem)) {
            lastProblem = problem;
            logger.atError()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("state", state.word())
                    .setCause(e)
                    .log("volume can't be served; trying again");
        }
        if (state instanceof Idle) {
            state = new Idle(problem);
        }
    }

    private boolean transitionTo(VolumeState next) {
        VolumeState before = state;
        if (next.equals(before)) {
            return false;
        }
        if (before instanceof Idle && !(next instanceof Idle)) {
            // Who is connected from the last time may believe in what was overwritten elsewhere.
            clients.turnAway(vvol + " was written elsewhere");
        }
        if (next.isServed()) {
            clients.welcome();
        }
        state = next;
        writeTimes =
                writeTimes.after(
                        before,
                        next,
                        ChronoUnit.MICROS.between(Instant.EPOCH, node.clock().instant()));
        logger.atInfo()
                .addKeyValue("vvol", vvol)
                .addKeyValue("site", node.site())
                .addKeyValue("from", before.word())
                .addKeyValue("to", next.word())
                .addKeyValue("epoch", spec.getEpoch())
                .log(next.reason().isEmpty() ? "volume state" : next.reason());
        return true;
    }

    /** The state that follows from what is and what should be. */
    private VolumeState step() throws IOException {
        VolumeSpec wanted = spec;
        LogCursor ours = image().map(LocalImage::applied).orElse(LogCursor.START);
        Optional<KeptBy> other = whereabouts.keptElsewhere(wanted);
        LogCursor cursor = other.map(kept -> Whereabouts.newest(ours, kept)).orElse(ours);
        return switch (state) {
            case Idle idle -> arrival.fromIdle(wanted, cursor);
            case Opening opening -> fromOpening(opening, wanted, cursor, other);
            case Open open -> fromOpen(open, wanted, cursor, other);
            case Sealing sealing -> handOver.fromSealing(sealing, wanted, cursor, other);
            case Sealed sealed -> handOver.fromSealed(sealed, wanted, cursor, other);
            case Moving moving -> departure.fromMoving(moving, cursor);
            case Leaving leaving -> departure.fromLeaving(leaving);
            case Unsettled unsettled -> lostTail.fromUnsettled(unsettled, wanted, cursor, other);
        };
    }

    private VolumeState fromOpening(
            Opening opening, VolumeSpec wanted, LogCursor cursor, Optional<KeptBy> other)
            throws IOException {
        WriteSession session = opening.session();
        if (!node.isOwner(wanted) && wanted.getEpoch() >= opening.epoch()) {
            return departure.leave(session, "owned by site " + wanted.getOwner());
        }
        VolumeState overtaken = foundJournal.overtaken(opening, cursor);
        if (overtaken != null) {
            return overtaken;
        }
        if (cursor.epoch() > opening.epoch()) {
            return departure.leave(session, "epoch %d is newer".formatted(cursor.epoch()));
        }
        if (cursor.epoch() < opening.epoch()) {
            return cursor.seq() >= opening.openedSeq()
                    ? departure.leave(session, "the log had gone on; opening again")
                    : opening;
        }
        if (!session.isFromJournal(cursor)) {
            return departure.leave(session, "epoch %d is another's".formatted(cursor.epoch()));
        }
        session.openingCounts();
        // Another node has read the log to its end before it said that it keeps the volume.
        if (other.isEmpty()
                && (cursor.seq() < session.firstSeq() - 1
                        || !node.images().isCaughtUp(wanted.getPartition()))) {
            return opening; // after a restart: the image replays up to what the journal covers
        }
        VolumeState lost = lostTail.find(opening, cursor);
        if (lost != null) {
            return lost;
        }
        if (other.isPresent()) {
            return departure.toOtherNode(session, opening.epoch(), wanted);
        }
        if (node.isOwner(wanted) && wanted.getEpoch() > opening.epoch()) {
            return Deletion.isEpochWanted(wanted)
                    ? arrival.opened(session, wanted, state)
                    : opening;
        }
        session.log()
                .useImageSize(image().map(LocalImage::sizeBytes).orElse(wanted.getSizeBytes()));
        if (session.isSealed(cursor)) {
            return new Sealed(session, opening.epoch(), session.lastSeq());
        }
        // Volumes of the VM may have been written elsewhere until now: whatever was acknowledged
        // there comes before what is written here, in all of them.
        VmClock clock = raisedClock(wanted);
        vmVolumes.raise(clock, wanted.getVm());
        session.log().useClock(clock);
        if (!vmVolumes.areJournalsRead(wanted.getVm())) {
            return opening;
        }
        if (!session.isOwner(cursor)) {
            return foundJournal.goOn(opening, wanted);
        }
        Optional<LocalImage> image = image();
        if (image.isPresent()
                && !Deletion.isWanted(wanted)
                && !seeds.mayOpen(session, image.get())) {
            return opening;
        }
        session.log().open();
        return new Open(session, opening.epoch());
    }

    private VolumeState fromOpen(
            Open open, VolumeSpec wanted, LogCursor cursor, Optional<KeptBy> other)
            throws IOException {
        WriteSession session = open.session();
        if (cursor.epoch() > open.epoch()) {
            return session.isFromCopy(cursor, open.epoch())
                    ? foundJournal.leftToCopy(session, open.epoch(), cursor)
                    : departure.leave(session, "fenced by epoch %d".formatted(cursor.epoch()));
        }
        if (other.isPresent()) {
            return departure.toOtherNode(session, open.epoch(), wanted);
        }
        if (!node.isOwner(wanted) && wanted.getEpoch() >= open.epoch()) {
            return departure.leave(session, "taken over by site " + wanted.getOwner());
        }
        if (wanted.getEpoch() > open.epoch()) {
            return Deletion.isEpochWanted(wanted) ? arrival.opened(session, wanted, state) : open;
        }
        if (Deletion.isWanted(wanted)) {
            return deletion.fromOpen(open, wanted, image());
        }
        if (wanted.getPhase() == Phase.SEALED) {
            session.log().hold();
            return new Sealing(session, open.epoch());
        }
        session.log().useClock(raisedClock(wanted));
        session.stableFlush().use(wanted.getDurability());
        if (session.resize(vvol, wanted)) {
            // Only a new connection learns of a new size.
            clients.disconnect("%s has %d bytes now".formatted(vvol, wanted.getSizeBytes()));
        }
        image().ifPresent(image -> seeds.step(session, image));
        return open;
    }

    private VmClock raisedClock(VolumeSpec wanted) {
        VmClock vmClock = node.vmClock(wanted.getVm(), vvol);
        image().ifPresent(image -> vmClock.raise(image.applied().vmSeq()));
        return vmClock;
    }
}
