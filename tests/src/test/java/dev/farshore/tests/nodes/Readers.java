package dev.farshore.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.farshore.coordinator.api.report.VolumeReport;
import dev.farshore.tests.site.Sites;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a site makes of its volumes while they are written elsewhere. */
final class Readers {
    private static final Duration ON_ITS_WAY = Duration.ofMillis(500);

    private final Sites sites;
    private final String owner;
    private final String site;
    private final List<String> vvols;

    /**
     * @param owner site that writes the volumes
     * @param site that is looked at
     */
    Readers(Sites sites, String owner, String site, List<String> vvols) {
        this.sites = sites;
        this.owner = owner;
        this.site = site;
        this.vvols = vvols;
    }

    /** Waits until the site has an image of every volume. */
    void awaitImages(Duration patience) {
        await("an image of every volume at " + site)
                .atMost(patience)
                .until(() -> vvols.stream().allMatch(vvol -> sites.image(vvol, site).isPresent()));
    }

    /** The node that keeps each volume, as it has said itself. */
    Map<String, String> nodes() {
        Map<String, String> nodes = new TreeMap<>();
        vvols.forEach(vvol -> nodes.put(vvol, image(vvol, site).node()));
        return nodes;
    }

    /**
     * Waits until every volume's image here has hardened what was written after this moment: it has
     * a reader.
     *
     * @return how long that took
     */
    Duration awaitAll(Duration patience) throws InterruptedException {
        long startNanos = System.nanoTime();
        // What a node said just before it was killed or paused is to arrive first.
        Thread.sleep(ON_ITS_WAY);
        Map<String, Long> ends = new TreeMap<>();
        vvols.forEach(
                vvol ->
                        ends.put(
                                vvol,
                                Math.max(
                                        image(vvol, owner).appliedSeq(),
                                        image(vvol, site).appliedSeq())));
        await("every volume read at " + site)
                .atMost(patience)
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(
                        () ->
                                assertThat(ends)
                                        .allSatisfy(
                                                (vvol, end) ->
                                                        assertThat(image(vvol, site).hardenedSeq())
                                                                .as(vvol)
                                                                .isGreaterThan(end)));
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    private VolumeReport.Image image(String vvol, String at) {
        return sites.image(vvol, at).orElseThrow(() -> new AssertionError(vvol + " at " + at));
    }
}
