package dev.farshore.coordinator.lag;

import dev.farshore.coordinator.volume.ImageReports;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Looks at every image again and again, and tells its {@link LagState}: to whoever asks, and in the
 * coordinator's log at each change for the worse and back.
 *
 * <p>Threading: a thread of its own looks; any thread asks.
 */
public final class LagStateWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LagStateWatch.class);

    /** A node says something of itself as often: more looks would see little more. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Twelve looks: longer than a rebalance or a broker's death takes. */
    static final Duration WINDOW = Duration.ofMinutes(2);

    /** One volume at one site. */
    private record Place(String vvol, String site) {}

    private final Supplier<Collection<VolumeSpec>> specs;
    private final Supplier<Set<String>> sites;
    private final ImageReports images;
    private final LagTracker lags;
    private final BiPredicate<String, String> isGone;
    private final BooleanSupplier isReady;
    private final LongSupplier nanoTime;
    private final Thread thread;

    private final Map<Place, LagWindow> windows = new HashMap<>(); // the thread's own
    private final Map<Place, LagState> states = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    /**
     * @param isGone whether a node of a site has stopped or is silent
     * @param isReady whether this coordinator hears of Kafka; while it does not, it can't tell
     *     anything
     * @param nanoTime time that elapses
     */
    public LagStateWatch(
            Supplier<Collection<VolumeSpec>> specs,
            Supplier<Set<String>> sites,
            ImageReports images,
            LagTracker lags,
            BiPredicate<String, String> isGone,
            BooleanSupplier isReady,
            LongSupplier nanoTime) {
        this.specs = specs;
        this.sites = sites;
        this.images = images;
        this.lags = lags;
        this.isGone = isGone;
        this.isReady = isReady;
        this.nanoTime = nanoTime;
        this.thread = Thread.ofVirtual().name("lag-states").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** {@code UNKNOWN} of what was never looked at. */
    public LagState of(String vvol, String site) {
        return states.getOrDefault(new Place(vvol, site), LagState.UNKNOWN);
    }

    private void run() {
        while (!isClosed) {
            try {
                look();
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("lag states could not be told; trying again");
            }
            LockSupport.parkNanos(INTERVAL.toNanos());
        }
    }

    /** One look at everything. */
    void look() {
        Set<Place> seen = new HashSet<>();
        boolean canTell = isReady.getAsBoolean();
        for (VolumeSpec spec : specs.get()) {
            for (String site : sites.get()) {
                Place place = new Place(spec.getVvol(), site);
                seen.add(place);
                look(place, canTell);
            }
        }
        windows.keySet().retainAll(seen);
        states.keySet().retainAll(seen);
    }

    private void look(Place place, boolean canTell) {
        Optional<Progress> image = images.find(place.vvol(), place.site());
        Optional<Standing> standing =
                canTell ? lags.standing(place.vvol(), place.site()) : Optional.empty();
        LagState now =
                windows.computeIfAbsent(place, _ -> new LagWindow(WINDOW, INTERVAL))
                        .look(
                                nanoTime.getAsLong(),
                                standing,
                                image.map(at -> isGone.test(place.site(), at.getNode()))
                                        .orElse(false));
        LagState before = Optional.ofNullable(states.put(place, now)).orElse(LagState.UNKNOWN);
        if (isBad(before) || isBad(now)) {
            tell(place, before, now, standing);
        }
    }

    private static boolean isBad(LagState state) {
        return switch (state) {
            case OK, UNKNOWN -> false;
            case SLOW, STALLED, STOPPED -> true;
        };
    }

    private static void tell(
            Place place, LagState before, LagState now, Optional<Standing> standing) {
        if (now == before) {
            return;
        }
        log.atLevel(isBad(now) ? Level.WARN : Level.INFO)
                .addKeyValue("vvol", place.vvol())
                .addKeyValue("site", place.site())
                .addKeyValue("old", before)
                .addKeyValue("new", now)
                .addKeyValue("hardenedSeq", standing.map(Standing::hardenedSeq).orElse(-1L))
                .addKeyValue("endSeq", standing.map(Standing::endSeq).orElse(-1L))
                .log("lag state changed");
    }

    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
