package dev.farshore.coordinator.lag;

import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.Clocks.Skew;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.EpochOwner;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The end of one volume's log and the capture times of its newest events. Thread-safe: every method
 * holds the object's lock, for microseconds.
 *
 * <p>Reading may begin in the middle of the log. The first event found is then taken as valid,
 * until an event of a later epoch does not follow it (it was a fenced one). From the first {@code
 * EPOCH_OPENED} that follows in order, or from seq 1, the log's own rules decide.
 */
final class VolumeLogEnd {
    private static final Logger log = LoggerFactory.getLogger(VolumeLogEnd.class);

    private final String vvol;
    private final CaptureTimes captureTimes;
    private final Clocks clocks;
    private final ChainBreaks.Follower chain;

    /** Who wrote from which seq on, as far as openings were read; no older than what is needed. */
    private final NavigableMap<Long, EpochOwner> writers = new TreeMap<>();

    private LogCursor end = LogCursor.START;

    /** Since when reports tell of events whose headers have not come; the highest for none. */
    private long unseenSinceMicros = Long.MAX_VALUE;

    /** The rules alone decide; false while the first event found is merely believed. */
    private boolean isAnchored = true;

    VolumeLogEnd(
            String vvol, CaptureTimes captureTimes, Clocks clocks, ChainBreaks.Follower chain) {
        this.chain = chain;
        this.vvol = vvol;
        this.captureTimes = captureTimes;
        this.clocks = clocks;
    }

    /** Takes in the next header of the log. */
    synchronized void add(IndexedHeader header) {
        EventHeader event = header.header();
        if (end.seq() == 0 && event.seq() != 1) {
            believe(header);
            return;
        }
        switch (end.judge(event)) {
            case Verdict.Next(LogCursor after) -> {
                end = after;
                chain.follow(event, header.link(), isAnchored);
                if (event.kind() == EventKind.EPOCH_OPENED) {
                    isAnchored = true;
                    opened(event.seq());
                }
                captureTimes.add(event.seq(), event.captureMicros());
            }
            case Verdict.Gap(long expectedSeq, long foundSeq) -> {
                // Every event carries the sum of bytes: lag stays right without the missing ones.
                log.atWarn()
                        .addKeyValue("vvol", vvol)
                        .addKeyValue("seq", foundSeq)
                        .addKeyValue("expectedSeq", expectedSeq)
                        .log("gap in the headers; lag is measured from the newer event on");
                believe(header);
            }
            case Verdict.Duplicate _, Verdict.Fenced _ -> {
                if (!isAnchored && event.epoch() > end.epoch()) {
                    believe(header);
                }
            }
        }
    }

    /**
     * Whether the log's end is known: from a header, or from an image that keeps up. An image that
     * does not keep up may be anywhere.
     */
    synchronized boolean isEndKnown(Collection<Progress> all) {
        return end.seq() > 0
                || all.stream()
                        .anyMatch(
                                image ->
                                        image.getHealth() == Health.OK
                                                && image.getAppliedSeq() > 0);
    }

    /** The lag of the image that {@code site} describes. */
    synchronized Lag lagOf(Progress site, Collection<Progress> all, long nowMicros) {
        return lag(site.getHardenedSeq(), site.getHardenedTotalBytes(), all, nowMicros);
    }

    /** The lag of a site that has reported nothing: it misses the whole log. */
    synchronized Lag lagOfNothing(Collection<Progress> all, long nowMicros) {
        return lag(0, 0, all, nowMicros);
    }

    /** What the image that {@code site} describes has not applied. */
    synchronized AppliedLag appliedLagOf(Progress site, Collection<Progress> all, long nowMicros) {
        boolean areBytesTold = site.getAppliedTotalBytes() >= 0;
        Lag lag = lag(site.getAppliedSeq(), site.getAppliedTotalBytes(), all, nowMicros);
        return new AppliedLag(lag.events(), areBytesTold ? lag.bytes() : null, lag.micros());
    }

    /** The newest event that is known of. */
    synchronized long endSeq(Collection<Progress> all) {
        // An image may be ahead of this reader of the headers.
        return Math.max(end.seq(), all.stream().mapToLong(Progress::getAppliedSeq).max().orElse(0));
    }

    private Lag lag(long seq, long totalBytes, Collection<Progress> all, long nowMicros) {
        long endSeq = endSeq(all);
        noteUnseen(all);
        if (seq >= endSeq) {
            return Lag.NONE;
        }
        long endBytes = end.totalBytes();
        for (Progress image : all) {
            endBytes = Math.max(endBytes, image.getHardenedTotalBytes());
            endBytes = Math.max(endBytes, image.getAppliedTotalBytes());
        }
        return new Lag(
                endSeq - seq,
                Math.max(0, endBytes - totalBytes),
                ageMicros(seq + 1, all, nowMicros));
    }

    private long ageMicros(long seq, Collection<Progress> all, long nowMicros) {
        long capturedMicros = captureTimes.captureMicrosOf(seq);
        if (capturedMicros < Long.MAX_VALUE) {
            return Math.max(0, nowMicros - (capturedMicros - skewAt(seq, all)));
        }
        // Its header has not come. It is there, so it has an age.
        return Math.max(1, nowMicros - Math.min(unseenSinceMicros, nowMicros));
    }

    /**
     * Reports may be ahead of the headers. Their events were captured before the first such report,
     * which gives a lower bound of the age.
     */
    private void noteUnseen(Collection<Progress> all) {
        OptionalLong firstMicros =
                all.stream()
                        .filter(image -> image.getAppliedSeq() > end.seq())
                        .mapToLong(this::reportedMicros)
                        .min();
        if (firstMicros.isEmpty()) {
            unseenSinceMicros = Long.MAX_VALUE;
        } else {
            unseenSinceMicros = Math.min(unseenSinceMicros, firstMicros.getAsLong());
        }
    }

    /** By our clock. */
    private long reportedMicros(Progress image) {
        return image.getReportedMicros()
                - clocks.skewOf(image.getSite(), image.getNode()).map(Skew::micros).orElse(0L);
    }

    private void opened(long seq) {
        Long stillNeeded = writers.floorKey(captureTimes.neededFromSeq());
        if (stillNeeded != null) {
            writers.headMap(stillNeeded, false).clear();
        }
        writers.put(seq, EpochOwner.parse(end.owner()));
    }

    /** By how much the clock that captured an event was ahead; 0 while that is not known. */
    private long skewAt(long seq, Collection<Progress> all) {
        return writer(seq, all)
                .flatMap(owner -> clocks.skewOf(owner.site(), owner.node()))
                .map(Skew::micros)
                .orElse(0L);
    }

    private Optional<EpochOwner> writer(long seq, Collection<Progress> all) {
        Map.Entry<Long, EpochOwner> opening = writers.floorEntry(seq);
        if (opening != null) {
            return Optional.of(opening.getValue());
        }
        // Its opening was not read. While no later one was, the sites know who writes.
        return writers.isEmpty()
                ? all.stream()
                        .filter(image -> image.getEpoch() == end.epoch())
                        .map(Progress::getEpochOwner)
                        .filter(owner -> !owner.isEmpty())
                        .findFirst()
                        .map(EpochOwner::parse)
                : Optional.empty();
    }

    private void believe(IndexedHeader header) {
        EventHeader event = header.header();
        isAnchored = false;
        chain.beginAt(event, header.link());
        end =
                new LogCursor(
                        event.epoch(),
                        "",
                        event.kind() != EventKind.EPOCH_SEALED,
                        event.seq(),
                        event.vmSeq(),
                        event.totalBytes());
        writers.tailMap(event.seq(), true).clear();
        captureTimes.truncate(event.seq());
        captureTimes.add(event.seq(), event.captureMicros());
    }
}
