package dev.farshore.node.images;

import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/** The sites that need a seed, by their last reports. Threading: any thread. */
public final class SeedNeeds {

    /**
     * An event missing for this long is lost. By then the site has read the log again, and an owner
     * whose producer failed has sent again.
     */
    static final Duration GAP_STAYS_AFTER = Duration.ofSeconds(30);

    private final String ownSite;
    private final LongSupplier nanoClock;

    /** By {@code vvol@site}; only those that are not whole. */
    private final ConcurrentMap<String, Site> notWhole = new ConcurrentHashMap<>();

    /**
     * A site that is not whole.
     *
     * @param sinceNanos when it was first heard of that it stands where it does
     */
    private record Site(Progress progress, long sinceNanos) {

        Site reporting(Progress newer, long nowNanos) {
            boolean isSame =
                    newer.getHealth() == progress.getHealth()
                            && newer.getAppliedSeq() == progress.getAppliedSeq();
            return new Site(newer, isSame ? sinceNanos : nowNanos);
        }
    }

    /**
     * @param nanoClock monotonic
     */
    public SeedNeeds(String ownSite, LongSupplier nanoClock) {
        this.ownSite = ownSite;
        this.nanoClock = nanoClock;
    }

    /**
     * @param key {@code vvol@site}
     * @param progress null if the site has no image any more
     */
    public void changed(String key, @Nullable Progress progress) {
        if (progress == null || isWhole(progress.getHealth())) {
            notWhole.remove(key);
            return;
        }
        long nowNanos = nanoClock.getAsLong();
        notWhole.compute(
                key,
                (name, known) ->
                        known == null
                                ? new Site(progress, nowNanos)
                                : known.reporting(progress, nowNanos));
    }

    private static boolean isWhole(Health health) {
        return switch (health) {
            case NEEDS_SEED, SEEDING, GAP -> false;
            case OK, FAULTED, UNKNOWN -> true;
        };
    }

    /**
     * A site that the newest seed does not help, and why.
     *
     * <p>If a site reported its need before it met the newest seed in the log (its report says how
     * far it had read), it will still meet that seed. A site that is being seeded waits for the end
     * of the seed it began with.
     *
     * <p>A gap is a loss only if this site's image has the missing event; otherwise the log waits
     * for its owner.
     *
     * @param newest of the volume; nobody is making it any more
     * @param ownSeq how far this site's image is without fault; -1 if it is not
     */
    Optional<String> siteInNeed(String vvol, SeedMark newest, long ownSeq) {
        return notWhole.values().stream()
                .filter(
                        site ->
                                site.progress().getVvol().equals(vvol)
                                        && !site.progress().getSite().equals(ownSite))
                .filter(site -> needsAnother(site, newest, ownSeq))
                .map(Site::progress)
                .map(site -> "site %s: %s".formatted(site.getSite(), site.getReason()))
                .findFirst();
    }

    private boolean needsAnother(Site site, SeedMark newest, long ownSeq) {
        Progress progress = site.progress();
        if (progress.getHealth() == Health.SEEDING) {
            return !newest.isFinished() && progress.getSeedId() <= newest.id();
        }
        if (progress.getHealth() == Health.GAP && !isLost(site, ownSeq)) {
            return false;
        }
        return newest.id() == 0 || progress.getSeenWritesOffset() > newest.startedOffset();
    }

    private boolean isLost(Site site, long ownSeq) {
        return ownSeq > site.progress().getAppliedSeq()
                && nanoClock.getAsLong() - site.sinceNanos() >= GAP_STAYS_AFTER.toNanos();
    }
}
