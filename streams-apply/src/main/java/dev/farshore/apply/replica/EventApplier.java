package dev.farshore.apply.replica;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.Hardener;
import dev.farshore.apply.harden.UnhardenedEvents;
import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Takes a volume's records to its image, in the order of the log, and says what becomes of each:
 * applied, seen before, fenced, or a gap ({@code OneWriter}, {@code NoGap}). A record that can't be
 * applied stops the volume, and only that.
 *
 * <p>Threading: as {@link ReplicaLifecycle} says.
 */
final class EventApplier {
    private static final Logger LOG = LoggerFactory.getLogger(EventApplier.class);

    private final String vvol;
    private final ApplySettings settings;
    private final ApplyListener listener;
    private final ApplyCounters counters;
    private final ReplicaLifecycle standing;
    private final MissingEvent missing;
    private final UnhardenedEvents unhardened;
    private final Hardener hardener;
    private final LongSupplier nanoClock;
    private int lastFencedEpoch;

    EventApplier(
            String vvol,
            ApplySettings settings,
            ApplyListener listener,
            ApplyCounters counters,
            ReplicaLifecycle standing,
            MissingEvent missing,
            UnhardenedEvents unhardened,
            Hardener hardener,
            LongSupplier nanoClock) {
        this.vvol = vvol;
        this.settings = settings;
        this.listener = listener;
        this.counters = counters;
        this.standing = standing;
        this.missing = missing;
        this.unhardened = unhardened;
        this.hardener = hardener;
        this.nanoClock = nanoClock;
    }

    /** Takes the next record of the volume in its partition. */
    void apply(Decoded<LogEvent> record, long offset) {
        if (standing.state() instanceof ReplicaState.Live live) {
            applyTo(live.image(), record, offset);
            return;
        }
        standing.turn().lock();
        try {
            switch (standing.state()) {
                case ReplicaState.Live live -> applyTo(live.image(), record, offset);
                case ReplicaState.Absent absent -> applyFirst(record, offset);
                case ReplicaState.Stopped stopped -> standing.skip(offset);
                case ReplicaState.CatchingUp catchingUp -> standing.skip(offset);
            }
        } finally {
            standing.turn().unlock();
        }
    }

    /** Takes a record read for the repair. */
    void catchUp(Decoded<LogEvent> record, long offset) {
        standing.turn().lock();
        try {
            if (standing.state() instanceof ReplicaState.CatchingUp catchingUp) {
                applyTo(catchingUp.image(), record, offset);
            }
        } finally {
            standing.turn().unlock();
        }
    }

    private void applyFirst(Decoded<LogEvent> record, long offset) {
        if (record instanceof Decoded.Value<LogEvent>(LogEvent event)
                && mayBeginAt(event.header(), null)) {
            beginAt(event.header(), offset);
            return;
        }
        if (standing.isImageCorrupt()) {
            standing.skip(offset);
            return;
        }
        if (!standing.hasImageFile() && record instanceof Decoded.Value<LogEvent>(LogEvent event)) {
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
        standing.open(ReplicaLifecycle.NO_OFFSET, Health.OK, "");
        if (standing.state() instanceof ReplicaState.Live live) {
            applyTo(live.image(), record, offset);
        } else {
            standing.skip(offset);
        }
    }

    private void applyTo(Image image, Decoded<LogEvent> record, long offset) {
        switch (record) {
            case Decoded.Value<LogEvent>(LogEvent event) -> judge(image, event, offset);
            case Decoded.Unreadable<LogEvent>(String reason) ->
                    standing.stop(
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
        if (image.applied().cursor().isDisprovedBy(header) && !standing.isSeedNeeded()) {
            if (!image.applied().seed().isBase()) {
                disown(
                        "event %d of epoch %d at offset %d is not in the image, which has gone on to event %d in epoch %d: that is of another log"
                                .formatted(
                                        header.seq(),
                                        header.epoch(),
                                        offset,
                                        image.applied().seq(),
                                        image.applied().cursor().epoch()));
                standing.skip(offset);
                return;
            }
            standing.needSeed(
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
        if (after.seq() > image.mixedUntilSeq() && !hardener.isManual()) {
            Optional<Throwable> problem =
                    unhardened.announce(image, hardener, nanoClock.getAsLong());
            if (problem.isPresent()) {
                stop(image, event, problem.get(), offset);
                return;
            }
        }
        try {
            image.apply(event, after, offset);
            if (missing.isKnown()) {
                missing.forget();
                standing.changeGap(
                        "", "event %d has come at offset %d".formatted(after.seq(), offset));
            }
            counters.countApplied(event.header().payloadBytes());
            unhardened.onApplied(offset);
            switch (event.header().kind()) {
                case EPOCH_OPENED, EPOCH_SEALED -> {
                    // Somebody waits for it: a hand-over.
                    unhardened
                            .hardenAtOnce(image, hardener, nanoClock.getAsLong())
                            .ifPresent(failure -> stop(image, event, failure, offset));
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
            stop(image, event, e, offset);
        }
    }

    private void stop(Image image, LogEvent event, Throwable problem, long offset) {
        standing.stop(
                Health.FAULTED,
                "event %d at offset %d: %s"
                        .formatted(
                                event.header().seq(), offset, ReplicaLifecycle.describe(problem)),
                image,
                offset);
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
        if (missing.notice(gap.expectedSeq())) {
            String reason =
                    "event %d is missing: the log goes on with event %d at offset %d"
                            .formatted(gap.expectedSeq(), gap.foundSeq(), offset);
            standing.changeGap(reason, reason);
        }
    }

    /** See {@link ReplicaLifecycle#disown}. */
    void disown(String why) {
        standing.turn().lock();
        try {
            standing.disown(why);
            unhardened.reset();
            missing.reset();
        } finally {
            standing.turn().unlock();
        }
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
                standing.isSeedNeeded()
                        || (image.applied().seed().isBase()
                                && image.applied().seed().isIncomplete())
                        || missing.isRereadInVain();
        return isStuck && image.applied().cursor().mayBeginAt(header);
    }

    private void beginAt(EventHeader started, long offset) {
        standing.turn().lock();
        try {
            unhardened.reset();
            missing.reset();
            standing.beginAt(started, offset);
        } finally {
            standing.turn().unlock();
        }
    }
}
