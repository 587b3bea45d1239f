package dev.farshore.coordinator.lag;

import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.schemas.clock.Clocks;
import dev.farshore.schemas.clock.Clocks.Skew;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.IndexedHeader;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compares {@code farshore.headers} with the sites' reports: how far each image is behind, exactly,
 * and cheap enough to be asked many times a second. Thread-safe.
 *
 * <p>The headers may begin somewhere before the end of the log. Events and bytes are exact
 * nevertheless, since every event carries the volume's sums; the time is a lower bound for an image
 * that misses events from before that.
 *
 * <p>An event has the time of the node that captured it. Its age is computed with the measured
 * difference between that node's clock and ours, and is as exact as that.
 */
public final class LagTracker implements LagView {

    /** 256 KiB a volume at most. */
    private static final int MAX_CAPTURE_TIMES = 16_384;

    private final ImageReports images;
    private final Clocks clocks;
    private final Map<String, VolumeLogEnd> trails = new ConcurrentHashMap<>();

    private final ChainBreaks chainBreaks = new ChainBreaks();
    private volatile boolean isCaughtUp;

    /**
     * @param clocks of those who captured the events, against the clock that {@link #lag} is asked
     *     by
     */
    public LagTracker(ImageReports images, Clocks clocks) {
        this.images = images;
        this.clocks = clocks;
    }

    /** Takes in the next header of its volume; always on the same thread. */
    public void accept(IndexedHeader header) {
        trailOf(header.header().vvol()).add(header);
    }

    /** Headers so far that do not follow from those before them in their volume's hash chain. */
    public long chainBreaks() {
        return chainBreaks.count();
    }

    /** Says that the headers were taken in up to where they ended at the start. */
    public void caughtUp() {
        isCaughtUp = true;
    }

    public boolean isCaughtUp() {
        return isCaughtUp;
    }

    @Override
    public Optional<Lag> lag(String vvol, String site, long nowMicros) {
        Collection<Progress> all = images.of(vvol);
        return known(vvol, all)
                .map(
                        end ->
                                images.find(vvol, site)
                                        .map(image -> end.lagOf(image, all, nowMicros))
                                        .orElseGet(() -> end.lagOfNothing(all, nowMicros)));
    }

    @Override
    public Optional<AppliedLag> applied(String vvol, String site, long nowMicros) {
        Collection<Progress> all = images.of(vvol);
        return known(vvol, all)
                .flatMap(
                        end ->
                                images.find(vvol, site)
                                        .map(image -> end.appliedLagOf(image, all, nowMicros)));
    }

    /** Where an image and the log stand; empty while that can't be told. */
    public Optional<Standing> standing(String vvol, String site) {
        Collection<Progress> all = images.of(vvol);
        return known(vvol, all)
                .map(
                        end -> {
                            Optional<Progress> image =
                                    all.stream()
                                            .filter(report -> report.getSite().equals(site))
                                            .findFirst();
                            return new Standing(
                                    end.endSeq(all),
                                    image.map(Progress::getHardenedSeq).orElse(0L),
                                    image.isPresent());
                        });
    }

    private Optional<VolumeLogEnd> known(String vvol, Collection<Progress> all) {
        if (!isCaughtUp || (all.isEmpty() && !trails.containsKey(vvol))) {
            return Optional.empty();
        }
        return Optional.of(trailOf(vvol)).filter(end -> end.isEndKnown(all));
    }

    @Override
    public Optional<Lag> unpublished(String vvol, String site, long nowMicros) {
        return images.find(vvol, site)
                .filter(image -> image.getUnpublishedEvents() >= 0)
                .map(
                        image ->
                                new Lag(
                                        image.getUnpublishedEvents(),
                                        Math.max(0, image.getUnpublishedBytes()),
                                        unpublishedMicros(image, nowMicros)));
    }

    private long unpublishedMicros(Progress image, long nowMicros) {
        if (image.getUnpublishedSinceMicros() == 0) {
            return 0;
        }
        long skewMicros =
                clocks.skewOf(image.getSite(), image.getNode()).map(Skew::micros).orElse(0L);
        return Math.max(0, nowMicros - (image.getUnpublishedSinceMicros() - skewMicros));
    }

    /** The oldest event that some site has not hardened. */
    private long neededFromSeq(String vvol) {
        return images.of(vvol).stream()
                .mapToLong(image -> image.getHardenedSeq() + 1)
                .min()
                .orElse(0);
    }

    private VolumeLogEnd trailOf(String vvol) {
        return trails.computeIfAbsent(
                vvol,
                name ->
                        new VolumeLogEnd(
                                name,
                                new CaptureTimes(MAX_CAPTURE_TIMES, () -> neededFromSeq(name)),
                                clocks,
                                chainBreaks.follower()));
    }
}
