package dev.farshore.apply.store;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageCorruptException;
import dev.farshore.apply.image.Position;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One volume of a partition: takes its events to its image, and stops for itself when something is
 * wrong with it. Nothing here throws for a fault of the volume.
 *
 * <p>Threading: the store's thread applies; while the volume is not live, the repairing thread may
 * bring it back. Both hold {@link #turn} then; a live volume needs no lock, because only the
 * store's thread ends that state.
 */
final class Volume {
    static final long NO_OFFSET = -1;

    private static final long NO_SEQ = -1;

    /**
     * After so many retry intervals a gap that reading the log again has not filled stays: half a
     * minute by default, in which an owner whose producer failed has long begun to send again.
     */
    private static final int GAP_STAYS_AFTER_INTERVALS = 6;

    private static final Logger LOG = LoggerFactory.getLogger(Volume.class);

    private final String vvol;
    private final int partition;
    private final ImageStoreSettings settings;
    private final ApplyListener listener;
    private final ApplyCounters counters;

    /** Guards the fields below while the state is not live, and every change of state. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile VolumeState state = new VolumeState.Absent("");
    private volatile boolean isActive;

    private boolean isClosed;
    private long lastSkippedOffset = NO_OFFSET;
    // The event the volume stands still for, and the one it has read the log again for.
    private long gapAtSeq = NO_SEQ;
    private boolean isGapNew;
    private long gapAtNanos;
    private long rereadForSeq = NO_SEQ;
    private final Unhardened unhardened;
    private int lastFencedEpoch;

    /** The gap will not be filled, or the image is no good. Written under {@link #turn}. */
    private volatile boolean isSeedNeeded;

    /** There is an image, and it is no good. Written under {@link #turn}. */
    private volatile boolean isImageCorrupt;

    Volume(
            String vvol,
            int partition,
            ImageStoreSettings settings,
            ApplyListener listener,
            ApplyCounters counters,
            long nowNanos) {
        this.unhardened = new Unhardened(nowNanos);
        this.vvol = vvol;
        this.partition = partition;
        this.settings = settings;
        this.listener = listener;
        this.counters = counters;
    }

    String vvol() {
        return vvol;
    }

    VolumeState state() {
        return state;
    }

    @Nullable Image image() {
        return state.image();
    }

    void setActive(boolean active) {
        isActive = active;
    }

    VolumeStatus status() {
        VolumeState at = state;
        Image image = at.image();
        return new VolumeStatus(
                vvol,
                partition,
                isActive,
                health(at),
                at.reason(),
                image == null ? Position.START : image.applied(),
                image == null ? Position.START : image.hardened(),
                image != null && image.isConsistent() && !image.applied().seed().isIncomplete());
    }

    private Health health(VolumeState at) {
        Image image = at.image();
        return switch (at.health()) {
            case GAP -> isSeedNeeded ? Health.NEEDS_SEED : Health.GAP;
            case OK ->
                    image != null && image.applied().seed().isIncomplete()
                            ? Health.SEEDING
                            : Health.OK;
            case FAULTED, NEEDS_SEED, SEEDING, UNKNOWN -> at.health();
        };
    }

    /**
     * Opens the image at its hardened position.
     *
     * @param upToOffset what the volume must have seen to be where its partition is; {@link
     *     #NO_OFFSET} if it is there
     */
    void open(long upToOffset, Health health, String whyBehind) {
        turn.lock();
        try {
            Image image = openImage();
            if (upToOffset == NO_OFFSET) {
                change(new VolumeState.Live(image, ""), "opened");
            } else {
                lastSkippedOffset = upToOffset;
                change(
                        new VolumeState.Stopped(health, whyBehind, image),
                        "was behind when the node stopped: " + whyBehind);
            }
        } catch (ImageCorruptException e) {
            lastSkippedOffset = Math.max(lastSkippedOffset, upToOffset);
            corrupt(e);
        } catch (IOException e) {
            lastSkippedOffset = Math.max(lastSkippedOffset, upToOffset);
            change(new VolumeState.Stopped(Health.FAULTED, describe(e), null), describe(e));
        } finally {
            turn.unlock();
        }
    }

    /** There is no image, and there was no event that could have made one. */
    void recallGap(String gap) {
        turn.lock();
        try {
            change(new VolumeState.Absent(gap), gap);
        } finally {
            turn.unlock();
        }
    }

    /** There is no image any more: it will be made again from the log. */
    void rebuild(long upToOffset) {
        stop(Health.FAULTED, "the image is gone; it is built again from the log", null, upToOffset);
    }

    private Image openImage() throws IOException {
        return Image.open(settings.directory(), vvol, partition, settings.windowEvents());
    }

    /** Takes the next record of the volume in its partition. */
    void apply(Decoded<LogEvent> record, long offset) {
        if (state instanceof VolumeState.Live live) {
            applyTo(live.image(), record, offset);
            return;
        }
        turn.lock();
        try {
            switch (state) {
                case VolumeState.Live live -> applyTo(live.image(), record, offset);
                case VolumeState.Absent absent -> applyFirst(record, offset);
                case VolumeState.Stopped stopped -> lastSkippedOffset = offset;
                case VolumeState.CatchingUp catchingUp -> lastSkippedOffset = offset;
            }
        } finally {
            turn.unlock();
        }
    }

    private void applyFirst(Decoded<LogEvent> record, long offset) {
        if (record instanceof Decoded.Value<LogEvent>(LogEvent event)
                && mayBeginAt(event.header(), null)) {
            beginAt(event.header(), offset);
            return;
        }
        if (isImageCorrupt) {
            lastSkippedOffset = offset;
            return;
        }
        if (!Image.exists(settings.directory(), vvol)
                && record instanceof Decoded.Value<LogEvent>(LogEvent event)) {
            // Without an image: only an event that counts makes one.
            switch (LogCursor.START.judge(event.header())) {
                case Verdict.Next next -> {}
                case Verdict.Duplicate duplicate -> {
                    counters.countDuplicate();
                    return;
                }
                case Verdict.Fenced fenced -> {
                    countFenced(event.header(), fenced.reason(), offset);
                    return;
                }
                case Verdict.Gap gap -> {
                    noteGap(gap, offset);
                    return;
                }
            }
        }
        open(NO_OFFSET, Health.OK, "");
        if (state instanceof VolumeState.Live live) {
            applyTo(live.image(), record, offset);
        } else {
            lastSkippedOffset = offset;
        }
    }

    private void applyTo(Image image, Decoded<LogEvent> record, long offset) {
        switch (record) {
            case Decoded.Value<LogEvent>(LogEvent event) -> judge(image, event, offset);
            case Decoded.Unreadable<LogEvent>(String reason) ->
                    stop(
                            Health.FAULTED,
                            "record at offset %d can't be read: %s".formatted(offset, reason),
                            image,
                            offset);
        }
    }

    private void judge(Image image, LogEvent event, long offset) {
        EventHeader header = event.header();
        if (mayBeginAt(header, image)) {
            beginAt(header, offset);
            return;
        }
        if (image.applied().seed().isBase()
                && !isSeedNeeded
                && image.applied().cursor().isDisprovedBy(header)) {
            needSeed(
                    "event %d of epoch %d at offset %d shows that the seed it began with did not count"
                            .formatted(header.seq(), header.epoch(), offset));
        }
        switch (image.applied().cursor().judge(header)) {
            case Verdict.Next(LogCursor after) -> applyNext(image, event, after, offset);
            case Verdict.Duplicate duplicate -> counters.countDuplicate();
            case Verdict.Fenced(String reason) -> countFenced(header, reason, offset);
            case Verdict.Gap gap -> noteGap(gap, offset);
        }
    }

    private void applyNext(Image image, LogEvent event, LogCursor after, long offset) {
        try {
            image.apply(event, after, offset);
            if (gapAtSeq != NO_SEQ) {
                gapFilled(after.seq(), offset);
            }
            counters.countApplied(event.header().payloadBytes());
            unhardened.onApplied(offset);
            switch (event.header().kind()) {
                case EPOCH_OPENED, EPOCH_SEALED -> {
                    // Somebody waits for it: a hand-over.
                    image.harden();
                    unhardened.onAllHardened();
                }
                case FLUSH -> {
                    if (settings.isHardenedAtFlush().test(vvol)) {
                        unhardened.makeUrgent();
                    }
                    listener.onFlush(vvol, after, image);
                }
                case WRITE, ZERO, TRIM, RESIZE, BOOKMARK, SEED_STARTED, SEED_FINISHED, UNKNOWN -> {
                    // Hardened with the others.
                }
            }
        } catch (IOException | RuntimeException e) {
            stop(
                    Health.FAULTED,
                    "event %d at offset %d: %s"
                            .formatted(event.header().seq(), offset, describe(e)),
                    image,
                    offset);
        }
    }

    private void countFenced(EventHeader header, String reason, long offset) {
        counters.countFenced();
        if (header.epoch() != lastFencedEpoch) {
            lastFencedEpoch = header.epoch();
            LOG.atInfo()
                    .addKeyValue("vvol", vvol)
                    .addKeyValue("epoch", header.epoch())
                    .addKeyValue("seq", header.seq())
                    .addKeyValue("offset", offset)
                    .log("Ignored events from here on: {}", reason);
        }
    }

    /**
     * {@code NoGap}: the volume stands still and says so, but goes on looking. A publisher that
     * failed starts again from its oldest event not acknowledged, so the missing event may come
     * behind those that were in its place.
     */
    private void noteGap(Verdict.Gap gap, long offset) {
        if (gapAtSeq == gap.expectedSeq()) {
            return;
        }
        gapAtSeq = gap.expectedSeq();
        isGapNew = true;
        String reason =
                "event %d is missing: the log goes on with event %d at offset %d"
                        .formatted(gap.expectedSeq(), gap.foundSeq(), offset);
        changeGap(reason, reason);
    }

    // ---- seeds ----

    /**
     * Whether the volume is to begin anew at {@code header}. Only one that can't go on from what it
     * has, or has nothing, or is being seeded already: any other takes a seed's events as they are.
     */
    private boolean mayBeginAt(EventHeader header, @Nullable Image image) {
        if (header.kind() != EventKind.SEED_STARTED) {
            return false;
        }
        if (image == null || image.applied().seq() == 0) {
            return true;
        }
        boolean isStuck =
                isSeedNeeded
                        || (image.applied().seed().isBase()
                                && image.applied().seed().isIncomplete())
                        || (gapAtSeq != NO_SEQ && rereadForSeq == gapAtSeq);
        return isStuck && image.applied().cursor().mayBeginAt(header);
    }

    /** Throws away what there is, and begins with an empty image at a {@code SEED_STARTED}. */
    private void beginAt(EventHeader started, long offset) {
        turn.lock();
        try {
            VolumeState before = state;
            // One that is being hardened is not closed before that is done.
            closeQuietly(before.image());
            unhardened.reset();
            gapAtSeq = NO_SEQ;
            rereadForSeq = NO_SEQ;
            Image begun =
                    Image.beginAt(
                            settings.directory(),
                            partition,
                            settings.windowEvents(),
                            started,
                            offset);
            isSeedNeeded = false;
            isImageCorrupt = false;
            change(
                    before instanceof VolumeState.CatchingUp at
                            ? new VolumeState.CatchingUp(begun, at.fault(), "")
                            : new VolumeState.Live(begun, ""),
                    "begins anew with the seed at event %d, offset %d"
                            .formatted(started.seq(), offset));
        } catch (IOException e) {
            lastSkippedOffset = Math.max(lastSkippedOffset, offset);
            String why = "beginning anew with a seed: " + describe(e);
            change(new VolumeState.Stopped(Health.FAULTED, why, null), why);
        } finally {
            turn.unlock();
        }
    }

    /** What is there is left as it is until a seed begins, or somebody moves it away. */
    private void corrupt(ImageCorruptException e) {
        isImageCorrupt = true;
        needSeed(describe(e));
    }

    private boolean isCorruptImageGone() {
        return isImageCorrupt && !Image.exists(settings.directory(), vvol);
    }

    /** Nothing but a seed will help, unless a missing event comes after all. */
    void needSeed(String reason) {
        turn.lock();
        try {
            isSeedNeeded = true;
            switch (state) {
                case VolumeState.Stopped stopped -> {
                    closeQuietly(stopped.image());
                    change(new VolumeState.Absent(reason), "needs a seed: " + reason);
                }
                case VolumeState.Absent absent ->
                        change(new VolumeState.Absent(reason), "needs a seed: " + reason);
                case VolumeState.Live live -> changeGap(reason, "needs a seed: " + reason);
                case VolumeState.CatchingUp at -> changeGap(reason, "needs a seed: " + reason);
            }
        } finally {
            turn.unlock();
        }
    }

    /** Whether it waits for an event that may not be in the log any more; any thread. */
    boolean isLogStartWanted() {
        return !isSeedNeeded
                && switch (state) {
                    case VolumeState.Absent(String gap) -> !gap.isEmpty();
                    case VolumeState.Live(Image image, String gap) -> !gap.isEmpty();
                    case VolumeState.CatchingUp catchingUp -> false;
                    case VolumeState.Stopped stopped -> false;
                };
    }

    /**
     * The partition's log begins at {@code offset} by now. If that is behind where the volume
     * stands, the event it waits for was there, and is gone. (Or its owner has yet to send it
     * again: if it comes, the volume goes on.)
     */
    void logBeginsAt(long offset) {
        turn.lock();
        try {
            Image image = state.image();
            Position at = image == null ? Position.START : image.applied();
            if (isLogStartWanted() && offset > at.writesOffset() + 1) {
                needSeed(
                        "%s; the log begins with offset %d only, the image ends with %d"
                                .formatted(state.reason(), offset, at.writesOffset()));
            }
        } finally {
            turn.unlock();
        }
    }

    private void gapFilled(long seq, long offset) {
        gapAtSeq = NO_SEQ;
        changeGap("", "event %d has come at offset %d".formatted(seq, offset));
    }

    /**
     * The event may also be in the log already, if the image is older than its partition thinks:
     * where a gap stays, the volume reads once from its own position. Where it stays then, the
     * event was lost, and a seed is asked for.
     */
    void lookAtGap(long nowNanos) {
        if (gapAtSeq == NO_SEQ || !(state instanceof VolumeState.Live live)) {
            return;
        }
        if (isGapNew) {
            isGapNew = false;
            gapAtNanos = nowNanos;
            return;
        }
        long retryNanos = settings.retryInterval().toNanos();
        if (rereadForSeq != gapAtSeq) {
            if (nowNanos - gapAtNanos >= retryNanos) {
                rereadForSeq = gapAtSeq;
                stop(Health.GAP, live.gap(), live.image(), NO_OFFSET);
            }
        } else if (!isSeedNeeded
                && nowNanos - gapAtNanos >= GAP_STAYS_AFTER_INTERVALS * retryNanos) {
            needSeed(live.gap() + "; it was not found by reading the log again either");
        }
    }

    private void changeGap(String gap, String why) {
        turn.lock();
        try {
            isSeedNeeded &= !gap.isEmpty();
            switch (state) {
                case VolumeState.Absent absent -> change(new VolumeState.Absent(gap), why);
                case VolumeState.Live live -> change(new VolumeState.Live(live.image(), gap), why);
                case VolumeState.CatchingUp at ->
                        change(new VolumeState.CatchingUp(at.image(), at.fault(), gap), why);
                case VolumeState.Stopped stopped -> {
                    // It will look for itself when it catches up.
                }
            }
        } finally {
            turn.unlock();
        }
    }

    private void stop(Health health, String reason, @Nullable Image image, long offset) {
        turn.lock();
        try {
            lastSkippedOffset = Math.max(lastSkippedOffset, offset);
            change(new VolumeState.Stopped(health, reason, image), reason);
        } finally {
            turn.unlock();
        }
    }

    /** The one place where the state changes; {@link #turn} is held. */
    private void change(VolumeState next, String why) {
        VolumeState before = state;
        state = next;
        boolean isNews = before.health() != next.health() || !before.reason().equals(next.reason());
        LOG.atLevel(!isNews ? Level.DEBUG : next.health() == Health.OK ? Level.INFO : Level.WARN)
                .addKeyValue("vvol", vvol)
                .addKeyValue("partition", partition)
                .addKeyValue("from", before.getClass().getSimpleName())
                .addKeyValue("to", next.getClass().getSimpleName())
                .addKeyValue("health", health(next))
                .log("Volume: {}", why);
    }

    // ---- hardening, on the store's thread ----

    /** Starts hardening what is applied, if that is due. */
    void hardenIfDue(Hardener hardener, long nowNanos) {
        if (state instanceof VolumeState.Live(Image image, String gap)
                && unhardened.isDue(nowNanos, settings.hardenInterval().toNanos())) {
            unhardened.start(image, hardener, nowNanos);
        }
    }

    /** Starts hardening what is applied, unless that is done or still being done. */
    void startHardening(Hardener hardener, long nowNanos) {
        if (state instanceof VolumeState.Live(Image image, String gap)) {
            unhardened.start(image, hardener, nowNanos);
        }
    }

    /** Looks whether the running hardening has ended, and how. */
    void collectHardening() {
        if (state instanceof VolumeState.Live(Image image, String gap)) {
            unhardened.collect().ifPresent(failure -> stopHardening(image, failure));
        }
    }

    /** Hardens and waits. */
    void hardenNow() {
        if (state instanceof VolumeState.Live(Image image, String gap)) {
            try {
                image.harden();
                unhardened.onAllHardened();
            } catch (IOException e) {
                stopHardening(image, e);
            }
        }
    }

    private void stopHardening(Image image, Throwable failure) {
        stop(
                Health.FAULTED,
                "hardening: " + describe(failure),
                image,
                image.applied().writesOffset());
    }

    /** Offset of the first event that is applied and not hardened; MAX_VALUE if there is none. */
    long firstUnhardenedOffset() {
        return state instanceof VolumeState.Live ? unhardened.firstOffset() : Long.MAX_VALUE;
    }

    /**
     * Begins to say in the superblock that an idle image is clean.
     *
     * @return whether there was something to say
     */
    boolean startSettling(Hardener hardener) {
        if (state instanceof VolumeState.Live(Image image, String gap)
                && !unhardened.isRunning()
                && image.isConsistent()
                && image.mixedUntilSeq() != image.applied().seq()) {
            unhardened.startSettling(image, hardener);
            return true;
        }
        return false;
    }

    /** Waits until what was begun at the disk has ended, well or not. */
    void awaitHardening() {
        unhardened.await();
        collectHardening();
    }

    /** Whether nothing of it will change before its next event: hardened, settled, and no fault. */
    boolean isAtRest() {
        return switch (state) {
            case VolumeState.Live(Image image, String gap) ->
                    gap.isEmpty()
                            && unhardened.firstOffset() == Long.MAX_VALUE
                            && !unhardened.isRunning()
                            && image.isConsistent()
                            && image.mixedUntilSeq() == image.applied().seq();
            case VolumeState.Absent(String gap) -> gap.isEmpty();
            case VolumeState.Stopped stopped -> false;
            case VolumeState.CatchingUp catchingUp -> false;
        };
    }

    /** Whether a crash has left the image in no state that the volume ever had. */
    boolean isMixed() {
        return state instanceof VolumeState.Live(Image image, String gap) && !image.isConsistent();
    }

    // ---- repair, on the repairing thread ----

    /** Whether reading the log again may help. */
    boolean isBehind() {
        return switch (state) {
            case VolumeState.Stopped stopped ->
                    stopped.health() == Health.FAULTED || stopped.image() != null;
            case VolumeState.CatchingUp catchingUp -> true;
            case VolumeState.Absent absent -> isCorruptImageGone();
            case VolumeState.Live live -> false;
        };
    }

    /**
     * Opens a stopped image again at its hardened position.
     *
     * @return whether it can catch up from there
     */
    boolean reopen() {
        turn.lock();
        try {
            if (isCorruptImageGone()) {
                isImageCorrupt = false;
                isSeedNeeded = false;
                rebuild(NO_OFFSET);
            }
            if (isClosed || !(state instanceof VolumeState.Stopped stopped) || !isBehind()) {
                return false;
            }
            closeQuietly(stopped.image());
            try {
                change(
                        new VolumeState.CatchingUp(openImage(), stopped, ""),
                        "catching up from its own position");
                unhardened.reset();
                gapAtSeq = NO_SEQ;
                return true;
            } catch (ImageCorruptException e) {
                corrupt(e);
                return false;
            } catch (IOException e) {
                change(
                        new VolumeState.Stopped(Health.FAULTED, describe(e), null),
                        "can't be opened: " + describe(e));
                return false;
            }
        } finally {
            turn.unlock();
        }
    }

    /** Where to read from when catching up. */
    long resumeOffset() {
        Image image = state.image();
        return image == null ? Long.MAX_VALUE : image.applied().writesOffset() + 1;
    }

    boolean isCatchingUp() {
        return state instanceof VolumeState.CatchingUp;
    }

    /** Takes a record read for the repair. */
    void catchUp(Decoded<LogEvent> record, long offset) {
        turn.lock();
        try {
            if (state instanceof VolumeState.CatchingUp catchingUp) {
                applyTo(catchingUp.image(), record, offset);
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * All records up to {@code offset} have been read for the repair: if that is as far as the
     * partition has got, the volume is live again, and the partition's next event is its own.
     */
    void caughtUpTo(long offset) {
        turn.lock();
        try {
            if (state instanceof VolumeState.CatchingUp catchingUp && offset >= lastSkippedOffset) {
                lastSkippedOffset = NO_OFFSET;
                change(
                        new VolumeState.Live(catchingUp.image(), catchingUp.gap()),
                        "caught up at offset " + offset);
            }
        } finally {
            turn.unlock();
        }
    }

    /** Waits for the next attempt if the repair ended before it had caught up. */
    void giveUpCatchingUp() {
        turn.lock();
        try {
            if (state instanceof VolumeState.CatchingUp at) {
                change(
                        new VolumeState.Stopped(at.health(), at.reason(), at.image()),
                        "catching up was interrupted");
            }
        } finally {
            turn.unlock();
        }
    }

    /** Closes the image. The state stays: closing is the end of this object. */
    void close() {
        turn.lock();
        try {
            isClosed = true;
            closeQuietly(state.image());
        } finally {
            turn.unlock();
        }
    }

    private void closeQuietly(@Nullable Image image) {
        if (image == null) {
            return;
        }
        try {
            image.close();
        } catch (IOException e) {
            // What was hardened is stable; what was not will be applied again.
            LOG.atWarn().addKeyValue("vvol", vvol).setCause(e).log("Closing the image failed");
        }
    }

    private static String describe(Throwable error) {
        Throwable cause =
                error instanceof java.io.UncheckedIOException && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause instanceof IOException && cause.getMessage() != null
                ? cause.getMessage()
                : cause.toString();
    }
}
