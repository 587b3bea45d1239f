package dev.farshore.node.images;

import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.log.SeedMark;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The sites' last reports of their images. Threading: any thread. */
public final class SiteProgress {
    private final ConcurrentMap<String, ConcurrentSkipListMap<String, Progress>> newest =
            new ConcurrentHashMap<>();

    private final ConcurrentMap<String, Long> claims = new ConcurrentHashMap<>();
    private final String site;
    private final String node;

    /**
     * @param node this one, of {@code site}
     */
    public SiteProgress(String site, String node) {
        this.site = site;
        this.node = node;
    }

    /** How often other nodes of our site have said that they keep a volume. */
    public long claimsOfOthers(String vvol) {
        return claims.getOrDefault(vvol, 0L);
    }

    /**
     * @param key {@code vvol@site}
     * @param progress null if the site has no image any more
     */
    public void changed(String key, @Nullable Progress progress) {
        if (progress != null) {
            newest.computeIfAbsent(progress.getVvol(), vvol -> new ConcurrentSkipListMap<>())
                    .put(progress.getSite(), progress);
            if (progress.getSite().equals(site) && !progress.getNode().equals(node)) {
                claims.merge(progress.getVvol(), 1L, Long::sum);
            }
            return;
        }
        int at = key.lastIndexOf('@');
        Map<String, Progress> sites = at < 0 ? null : newest.get(key.substring(0, at));
        if (sites != null) {
            sites.remove(key.substring(at + 1));
        }
    }

    /** By site, in order of their names. */
    Map<String, Progress> of(String vvol) {
        Map<String, Progress> sites = newest.get(vvol);
        return sites == null ? Map.of() : sites;
    }

    /**
     * Whether a site's image has every event up to the one it has hardened. An image that began
     * empty with a seed lacks what the rest of the seed brings, whatever its position. An import
     * brings only data that the log never had, so everything else is in the image.
     *
     * @param ourSeed newest seed of the volume in this node's image
     */
    static boolean hasAllUpToHardened(Progress progress, SeedMark ourSeed) {
        return switch (progress.getHealth()) {
            case OK, GAP, FAULTED -> true;
            case SEEDING -> ourSeed.isImport() && ourSeed.id() == progress.getSeedId();
            case NEEDS_SEED, UNKNOWN -> false;
        };
    }

    /** What every site that has an image has hardened; empty if none has. */
    public OptionalLong hardenedEverywhere(String vvol) {
        return of(vvol).values().stream().mapToLong(Progress::getHardenedSeq).min();
    }
}
