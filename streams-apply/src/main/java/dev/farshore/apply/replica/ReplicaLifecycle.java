package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.image.ImageCorruptException;
import dev.farshore.apply.image.ImagePosition;
import dev.farshore.apply.image.VolumeNames;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.failure.Reason;
import dev.farshore.schemas.log.EventHeader;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Where a volume stands in its partition: its {@link ReplicaState}, which changes here only, and
 * what has to be known to bring it back.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An image that no state has any more is closed.
 *   <li>A volume is not live before it has caught up with all that its partition has taken in
 *       without it: {@link #caughtUpTo}. How far that is, is noted whenever it stops or skips.
 * </ul>
 *
 * <p>Threading: the store's thread applies; while the volume is not live, the repairing thread may
 * bring it back. Both hold {@link #turn} then; a live volume needs no lock, because only the
 * store's thread ends that state. Any thread may ask for the state.
 */
final class ReplicaLifecycle {
    static final long NO_OFFSET = -1;

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaLifecycle.class);

    /** A file of that name beside the image: it counts although the log does not have it. */
    private static final String TRUST_SUFFIX = ".trust";

    private final String vvol;
    private final int partition;
    private final ApplySettings settings;
    private final LongSupplier seenOffset;

    /** Guards what follows from the state while it is not live, and every change of state. */
    private final ReentrantLock turn = new ReentrantLock();

    private volatile ReplicaState state = new ReplicaState.Absent("");

    private boolean isClosed;

    /** What it has to have read to be where its partition is. Under {@link #turn}. */
    private long missedUntilOffset = NO_OFFSET;

    /** The gap will not be filled, or the image is no good. Written under {@link #turn}. */
    private volatile boolean isSeedNeeded;

    private volatile Comparison comparison = new Comparison.Done();
    private volatile String warning = "";

    /** There is an image, and it is no good. Written under {@link #turn}. */
    private volatile boolean isImageCorrupt;

    /**
     * @param seenOffset of the newest record that the partition has taken in
     */
    ReplicaLifecycle(String vvol, int partition, ApplySettings settings, LongSupplier seenOffset) {
        this.vvol = vvol;
        this.partition = partition;
        this.settings = settings;
        this.seenOffset = seenOffset;
    }

    ReentrantLock turn() {
        return turn;
    }

    ReplicaState state() {
        return state;
    }

    private Health health(ReplicaState at) {
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

    ReplicaStatus status(boolean isActive) {
        ReplicaState at = state;
        Image image = at.image();
        return new ReplicaStatus(
                vvol,
                partition,
                isActive,
                health(at),
                at.reason().isEmpty() ? warning : at.reason(),
                image == null ? ImagePosition.START : image.applied(),
                image == null ? ImagePosition.START : image.hardened(),
                image != null && image.isConsistent() && !image.applied().seed().isIncomplete(),
                comparison instanceof Comparison.Done);
    }

    boolean isSeedNeeded() {
        return isSeedNeeded;
    }

    boolean isImageCorrupt() {
        return isImageCorrupt;
    }

    boolean hasImageFile() {
        return Image.exists(settings.directory(), vvol);
    }

    // ---- opening and closing ----

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
                change(new ReplicaState.Live(image, ""), "opened");
            } else {
                missUntil(upToOffset);
                change(
                        new ReplicaState.Stopped(health, whyBehind, image),
                        "was behind when the node stopped: " + whyBehind);
            }
        } catch (ImageCorruptException e) {
            missUntil(upToOffset);
            corrupt(e);
        } catch (IOException e) {
            stop(Health.FAULTED, describe(e), null, upToOffset);
        } finally {
            turn.unlock();
        }
    }

    private Image openImage() throws IOException {
        Image image = Image.open(settings.directory(), vvol, partition, settings.windowEvents());
        wantComparison(image);
        return image;
    }

    // ---- an image of another log ----

    private void wantComparison(Image image) {
        ImagePosition position = image.applied();
        comparison = position.seq() == 0 ? new Comparison.Done() : new Comparison.Wanted(position);
    }

    /** Records come again from further back: perhaps from another log. On the store's thread. */
    void wantComparison() {
        turn.lock();
        try {
            Image image = state.image();
            if (image != null && !(comparison instanceof Comparison.Failed)) {
                wantComparison(image);
            }
        } finally {
            turn.unlock();
        }
    }

    Comparison comparison() {
        return comparison;
    }

    /** What has become of a comparison; nothing if another is wanted since. */
    void compared(Comparison before, Comparison result) {
        turn.lock();
        try {
            if (comparison.equals(before)) {
                comparison = result;
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * The image is not of this log. It is left as it is, and nobody reads it, until a seed begins,
     * or somebody moves it away. On the store's thread, which has nothing to do with it any more.
     */
    void disown(String why) {
        turn.lock();
        try {
            closeQuietly(state.image());
            missUntil(NO_OFFSET);
            isImageCorrupt = true;
            isSeedNeeded = true;
            comparison = new Comparison.Done();
            String reason =
                    "%s; the image is kept as it is until the owner seeds the volume, or %s and its superblock are moved away"
                            .formatted(why, Image.dataPath(settings.directory(), vvol));
            change(new ReplicaState.Absent(reason), reason);
        } finally {
            turn.unlock();
        }
    }

    /** Whether an operator has said that the image counts, whatever the log has; used up. */
    boolean takeTrust() {
        Path trust = settings.directory().resolve(vvol + TRUST_SUFFIX);
        try {
            return VolumeNames.isSafeFileName(vvol) && Files.deleteIfExists(trust);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("vvol", vvol).setCause(e).log("{} can't be removed", trust);
            return false;
        }
    }

    /** Says of an image that is in order what others should know. */
    void warn(String text) {
        warning = text;
        LOG.atError().addKeyValue("vvol", vvol).addKeyValue("partition", partition).log(text);
    }

    /** There is no image, and there was no event that could have made one. */
    void recallGap(String gap) {
        turn.lock();
        try {
            change(new ReplicaState.Absent(gap), gap);
        } finally {
            turn.unlock();
        }
    }

    /** There is no image any more: it will be made again from the log. */
    void rebuild(long upToOffset) {
        stop(Health.FAULTED, "the image is gone; it is built again from the log", null, upToOffset);
    }

    /** Begins with an empty image at a {@code SEED_STARTED}; what there was is thrown away. */
    void beginAt(EventHeader started, long offset) {
        turn.lock();
        try {
            ReplicaState before = state;
            // One that is being hardened is not closed before that is done.
            closeQuietly(before.image());
            Image begun =
                    Image.beginAt(
                            settings.directory(),
                            partition,
                            settings.windowEvents(),
                            started,
                            offset);
            isSeedNeeded = false;
            isImageCorrupt = false;
            comparison = new Comparison.Done();
            change(
                    before instanceof ReplicaState.CatchingUp at
                            ? new ReplicaState.CatchingUp(begun, at.fault(), "")
                            : new ReplicaState.Live(begun, ""),
                    "begins anew with the seed at event %d, offset %d"
                            .formatted(started.seq(), offset));
        } catch (IOException e) {
            stop(Health.FAULTED, "beginning anew with a seed: " + describe(e), null, offset);
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

    // ---- faults and gaps ----

    /** The partition goes on without the volume; {@link #turn} is held. */
    void skip(long offset) {
        missUntil(offset);
    }

    private void missUntil(long offset) {
        long seen = Math.max(offset, seenOffset.getAsLong());
        missedUntilOffset = Math.max(missedUntilOffset, seen);
    }

    void stop(Health health, String reason, @Nullable Image image, long offset) {
        turn.lock();
        try {
            missUntil(offset);
            change(new ReplicaState.Stopped(health, reason, image), reason);
        } finally {
            turn.unlock();
        }
    }

    /** Stands still for an event, or for none any more if {@code gap} is empty. */
    void changeGap(String gap, String why) {
        turn.lock();
        try {
            isSeedNeeded &= !gap.isEmpty();
            switch (state) {
                case ReplicaState.Absent absent -> change(new ReplicaState.Absent(gap), why);
                case ReplicaState.Live live ->
                        change(new ReplicaState.Live(live.image(), gap), why);
                case ReplicaState.CatchingUp at ->
                        change(new ReplicaState.CatchingUp(at.image(), at.fault(), gap), why);
                case ReplicaState.Stopped stopped -> {
                    // It will look for itself when it catches up.
                }
            }
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
        return isImageCorrupt && !hasImageFile();
    }

    /** Nothing but a seed will help, unless a missing event comes after all. */
    void needSeed(String reason) {
        turn.lock();
        try {
            isSeedNeeded = true;
            switch (state) {
                case ReplicaState.Stopped stopped -> {
                    closeQuietly(stopped.image());
                    change(new ReplicaState.Absent(reason), "needs a seed: " + reason);
                }
                case ReplicaState.Absent absent ->
                        change(new ReplicaState.Absent(reason), "needs a seed: " + reason);
                case ReplicaState.Live live -> changeGap(reason, "needs a seed: " + reason);
                case ReplicaState.CatchingUp at -> changeGap(reason, "needs a seed: " + reason);
            }
        } finally {
            turn.unlock();
        }
    }

    // ---- coming back ----

    /** Whether reading the log again may help. */
    boolean isBehind() {
        return switch (state) {
            case ReplicaState.Stopped stopped ->
                    stopped.health() == Health.FAULTED || stopped.image() != null;
            case ReplicaState.CatchingUp catchingUp -> true;
            case ReplicaState.Absent absent -> isCorruptImageGone();
            case ReplicaState.Live live -> false;
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
            if (isClosed || !(state instanceof ReplicaState.Stopped stopped) || !isBehind()) {
                return false;
            }
            closeQuietly(stopped.image());
            change(
                    new ReplicaState.CatchingUp(openImage(), stopped, ""),
                    "catching up from its own position");
            return true;
        } catch (ImageCorruptException e) {
            corrupt(e);
            return false;
        } catch (IOException e) {
            change(
                    new ReplicaState.Stopped(Health.FAULTED, describe(e), null),
                    "can't be opened: " + describe(e));
            return false;
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
            if (state instanceof ReplicaState.CatchingUp catchingUp
                    && offset >= missedUntilOffset) {
                missedUntilOffset = NO_OFFSET;
                change(
                        new ReplicaState.Live(catchingUp.image(), catchingUp.gap()),
                        "caught up at offset " + offset);
            }
        } finally {
            turn.unlock();
        }
    }

    /** What it has to have read to be live again, as of now. */
    long missedUntilOffset() {
        turn.lock();
        try {
            return missedUntilOffset;
        } finally {
            turn.unlock();
        }
    }

    /**
     * The log ends before {@code endOffset}, as was found after it had been asked what is missed:
     * there is no more to read, whatever the partition has taken in before.
     *
     * @param missedBefore what {@link #missedUntilOffset} had answered; if more is missed by now,
     *     that has come since
     */
    void logEndsAt(long endOffset, long missedBefore) {
        turn.lock();
        try {
            if (missedUntilOffset == missedBefore && missedBefore >= endOffset) {
                missedUntilOffset = endOffset - 1;
            }
        } finally {
            turn.unlock();
        }
    }

    /** Waits for the next attempt if the repair ended before it had caught up. */
    void giveUpCatchingUp() {
        turn.lock();
        try {
            if (state instanceof ReplicaState.CatchingUp at) {
                change(
                        new ReplicaState.Stopped(at.health(), at.reason(), at.image()),
                        "catching up was interrupted");
            }
        } finally {
            turn.unlock();
        }
    }

    /** The one place where the state changes; {@link #turn} is held. */
    private void change(ReplicaState next, String why) {
        ReplicaState before = state;
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

    /** What is wrong, for a reason. */
    static String describe(Throwable error) {
        Throwable cause =
                error instanceof java.io.UncheckedIOException && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause instanceof IOException ? Reason.of(cause) : cause.toString();
    }
}
