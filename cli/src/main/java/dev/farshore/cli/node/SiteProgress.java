package dev.farshore.cli.node;

import dev.farshore.schemas.event.Progress;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** What the sites' images have hardened, as they reported it last. Threading: any thread. */
final class SiteProgress {
    private final ConcurrentMap<String, ConcurrentSkipListMap<String, Long>> hardenedSeqs =
            new ConcurrentHashMap<>();

    private final ConcurrentMap<String, Long> claims = new ConcurrentHashMap<>();
    private final String site;
    private final String node;

    /**
     * @param node this one, of {@code site}
     */
    SiteProgress(String site, String node) {
        this.site = site;
        this.node = node;
    }

    /** How often other nodes of our site have said that they keep a volume. */
    long claimsOfOthers(String vvol) {
        return claims.getOrDefault(vvol, 0L);
    }

    /**
     * @param key {@code vvol@site}
     * @param progress null if the site has no image any more
     */
    void changed(String key, @Nullable Progress progress) {
        if (progress != null) {
            hardenedSeqs
                    .computeIfAbsent(progress.getVvol(), vvol -> new ConcurrentSkipListMap<>())
                    .put(progress.getSite(), progress.getHardenedSeq());
            if (progress.getSite().equals(site) && !progress.getNode().equals(node)) {
                claims.merge(progress.getVvol(), 1L, Long::sum);
            }
            return;
        }
        int at = key.lastIndexOf('@');
        Map<String, Long> sites = at < 0 ? null : hardenedSeqs.get(key.substring(0, at));
        if (sites != null) {
            sites.remove(key.substring(at + 1));
        }
    }

    /** By site, in order of their names. */
    Map<String, Long> hardenedSeqs(String vvol) {
        Map<String, Long> sites = hardenedSeqs.get(vvol);
        return sites == null ? Map.of() : sites;
    }

    /** What every site that has an image has hardened; empty if none has. */
    OptionalLong hardenedEverywhere(String vvol) {
        return hardenedSeqs(vvol).values().stream().mapToLong(Long::longValue).min();
    }
}
