package dev.farshore.cli.node;

import dev.farshore.schemas.event.Health;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Which sites can't go on without a seed, as they reported it last. Threading: any thread. */
final class SeedNeeds {
    private final String ownSite;

    /** By {@code vvol@site}; only those that are not whole. */
    private final ConcurrentMap<String, Progress> notWhole = new ConcurrentHashMap<>();

    SeedNeeds(String ownSite) {
        this.ownSite = ownSite;
    }

    /**
     * @param key {@code vvol@site}
     * @param progress null if the site has no image any more
     */
    void changed(String key, @Nullable Progress progress) {
        boolean isWhole =
                progress == null
                        || (progress.getHealth() != Health.NEEDS_SEED
                                && progress.getHealth() != Health.SEEDING);
        if (isWhole) {
            notWhole.remove(key);
        } else {
            notWhole.put(key, progress);
        }
    }

    /**
     * A site that the newest seed does not help, and why.
     *
     * <p>A site said that it needs one before it met the newest seed or after. If before, as is
     * told by how far in the log it had looked, it will meet that one. A site that is being seeded
     * waits for the end of what it began with.
     *
     * @param newest of the volume; nobody is making it any more
     */
    Optional<String> siteInNeed(String vvol, SeedMark newest) {
        return notWhole.values().stream()
                .filter(site -> site.getVvol().equals(vvol) && !site.getSite().equals(ownSite))
                .filter(
                        site ->
                                site.getHealth() == Health.SEEDING
                                        ? !newest.isFinished() && site.getSeedId() <= newest.id()
                                        : newest.id() == 0
                                                || site.getSeenWritesOffset()
                                                        > newest.startedOffset())
                .map(site -> "site %s: %s".formatted(site.getSite(), site.getReason()))
                .findFirst();
    }
}
