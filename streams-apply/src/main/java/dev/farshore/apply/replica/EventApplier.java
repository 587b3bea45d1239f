package dev.farshore.apply.replica;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.harden.UnhardenedEvents;
import dev.farshore.apply.image.Image;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Optional;

/**
 * Takes a volume's records to its image, in the order of the log, and says what becomes of each:
 * applied, seen before, fenced, or a gap ({@code OneWriter}, {@code NoGap}). A record that can't be
 * applied stops the volume, and only that.
 *
 * <p>Threading: as {@link CurrentReplicaState} says.
 */
final class EventApplier {
    private static final Logger LOG = LoggerFactory.getLogger(EventApplier.class);

    private final String vvol;
    private final ReplicaParts parts;
    private final MissingEvent missing;
    private final UnhardenedEvents unhardened;
    private final ReplicaLifecycle lifecycle;
    private final ApplyEnvironment environment;
    private final ApplyCounters counters;
    private int lastFencedEpoch;

    EventApplier(
            String vvol,
            ReplicaParts parts,
            ReplicaLifecycle lifecycle,
            ApplyEnvironment environment) {
        this.vvol = vvol;
        this.parts = parts;
        this.missing = parts.missing();
        this.unhardened = parts.unhardened();
        this.lifecycle = lifecycle;
        this.environment = environment;
        this.counters = environment.counters();
    }

    /** Takes a record of a volume without an image: only an event that counts makes one. */
    void applyFirst(Decoded<LogEvent> record, long offset) {
        if (record instanceof Decoded.Value<LogEvent>(LogEvent event)) {
            if (mayBeginAt(event.header(), null)) {
                lifecycle.beginAt(event.header(), offset);
                return;
            }
            if (!parts.images().exists() && !isNextAfterStart(event.header(), offset)) {
                return;
            }
        }
        lifecycle.open();
        if (parts.state().get() instanceof ReplicaState.Live live) {
            apply(live.image(), record, offset);
        } else {
            parts.missed().note(offset);
        }
    }

    /** An image that is not to be used stays as it is, unless the record begins a seed. */
    void applyToRejected(Decoded<LogEvent> record, long offset) {
        if (record instanceof Decoded.Value<LogEvent>(LogEvent event)
                && mayBeginAt(event.header(), null)) {
            lifecycle.beginAt(event.header(), offset);
        } else {
            parts.missed().note(offset);
        }
    }

    private boolean isNextAfterStart(EventHeader header, long offset) {
        return switch (LogCursor.START.judge(header)) {
            case Verdict.Next next -> true;
            case Verdict.Duplicate duplicate -> {
                counters.countDuplicate();
                yield false;
            }
            case Verdict.Fenced fenced -> {
                countFenced(header, fenced.reason(), offset);
                yield false;
            }
            case Verdict.Gap gap -> {
                noteGap(gap, offset);
                yield false;
            }
        };
    }

    /** Takes a record to an open image. */
    void apply(Image image, Decoded<LogEvent> record, long offset) {
        switch (record) {
            case Decoded.Value<LogEvent>(LogEvent event) -> judge(image, event, offset);
            case Decoded.Unreadable<LogEvent>(String reason) ->
                    lifecycle.stop(
                            "record at offset %d can't be read: %s".formatted(offset, reason),
                            image,
                            offset);
        }
    }

    private void judge(Image image, LogEvent event, long offset) {
        EventHeader header = event.header();
        if (mayBeginAt(header, image)) {
            lifecycle.beginAt(header, offset);
            return;
        }
        if (image.applied().cursor().isDisprovedBy(header) && !isSeedNeeded()) {
            if (!image.applied().seed().isBase()) {
                lifecycle.disown(
                        "this image belongs to another log (was Kafka restored from a backup, or the topic made anew?): event %d of epoch %d at offset %d is missing from it, and it has gone on to event %d in epoch %d"
                                .formatted(
                                        header.seq(),
                                        header.epoch(),
                                        offset,
                                        image.applied().seq(),
                                        image.applied().cursor().epoch()));
                parts.missed().note(offset);
                return;
            }
            lifecycle.needSeed(
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
        if (after.seq() > image.mixedUntilSeq()) {
            Optional<Throwable> problem = unhardened.announce(image);
            if (problem.isPresent()) {
                stop(image, event, problem.get(), offset);
                return;
            }
        }
        try {
            image.apply(event, after, offset);
            if (missing.isKnown()) {
                missing.forget();
                lifecycle.fillGap("event %d has come at offset %d".formatted(after.seq(), offset));
            }
            counters.countApplied(event.header().payloadBytes());
            unhardened.onApplied(offset);
            switch (event.header().kind()) {
                case EPOCH_OPENED, EPOCH_SEALED -> {
                    // Somebody waits for it: a hand-over.
                    unhardened
                            .hardenAtOnce(image)
                            .ifPresent(failure -> stop(image, event, failure, offset));
                }
                case FLUSH -> {
                    if (environment.settings().isHardenedAtFlush().test(vvol)) {
                        unhardened.makeUrgent();
                    }
                    environment.listener().onFlush(vvol, after, image);
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
        lifecycle.stop(
                "event %d at offset %d: %s"
                        .formatted(event.header().seq(), offset, FaultReason.of(problem)),
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
            lifecycle.waitForEvent(reason);
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
                isSeedNeeded()
                        || (image.applied().seed().isBase()
                                && image.applied().seed().isIncomplete())
                        || missing.isRereadInVain();
        return isStuck && image.applied().cursor().mayBeginAt(header);
    }

    private boolean isSeedNeeded() {
        return parts.state().get().gap().isSeedNeeded();
    }
}
