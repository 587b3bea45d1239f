package dev.farshore.node;

import dev.farshore.apply.assign.SiteTaskAssignor;
import dev.farshore.apply.replica.ApplyCounters;
import dev.farshore.apply.replica.ApplyListener;
import dev.farshore.apply.replica.ApplySettings;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.apply.site.SiteSettings;
import dev.farshore.node.config.NodeConfig;
import dev.farshore.node.images.NodeImages;
import dev.farshore.node.images.PartitionOffsets;
import dev.farshore.node.images.SeedNeeds;
import dev.farshore.node.images.SiteProgress;
import dev.farshore.node.placement.VolumePlacement;
import dev.farshore.schemas.event.Durability;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.registry.FarshoreSerdes;
import dev.farshore.schemas.topic.CompactedView;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The half of a node that keeps images: the streams application, and what all sites report of
 * theirs.
 */
final class ApplySide {
    private static final Logger log = LoggerFactory.getLogger(ApplySide.class);

    private final NodeConfig config;
    private final SiteApplication application;
    private final CompactedView<Progress> progress;
    private final SiteProgress sites;
    private final NodeImages images;

    /**
     * Knows what sites have reported; {@link #start} begins to apply.
     *
     * @param progress what all sites report; need not be loaded yet
     * @param reportSource how this node serves volumes, for progress reports
     * @param flushes told of every FLUSH that this node applies
     */
    ApplySide(
            NodeSetup setup,
            VolumePlacement placement,
            CompactedView<Progress> progress,
            NodeReportSource reportSource,
            ApplyListener flushes)
            throws IOException, InterruptedException {
        config = setup.config();
        application = setup.owned().add(application(setup, placement, reportSource, flushes));
        setup.owned().add(this::logCounters);
        this.progress = progress;
        sites = new SiteProgress(config.site(), config.node());
        SeedNeeds seedNeeds = new SeedNeeds(config.site(), setup.nanoClock());
        progress.listen(seedNeeds::changed);
        // The index keeps what the slowest site lacks, so it has to know that site first.
        progress.awaitInitialLoad(config.connection().startTimeout());
        progress.snapshot().forEach(this::reported);
        progress.listen(this::reported);
        images =
                new NodeImages(
                        application.images(),
                        application.index(),
                        sites,
                        (vvol, site) -> progress.get(vvol + "@" + site),
                        seedNeeds,
                        PartitionOffsets.ends(config.connection().kafka()));
    }

    private static SiteApplication application(
            NodeSetup setup,
            VolumePlacement placement,
            NodeReportSource reportSource,
            ApplyListener flushes) {
        NodeConfig config = setup.config();
        CompactedView<VolumeSpec> specs = setup.topics().specs();
        FarshoreSerdes serdes = setup.topics().serdes();
        Map<String, Object> overrides = new HashMap<>(config.connection().kafka().properties());
        overrides.put(SiteTaskAssignor.PLACEMENT_CONFIG, placement);
        SiteSettings settings =
                SiteSettings.of(
                                config.site(),
                                config.node(),
                                config.connection().kafka().bootstrap(),
                                config.id().dataDir())
                        .withImages(
                                ApplySettings.in(setup.directory().images())
                                        .withHardenInterval(config.images().hardenInterval())
                                        .withHardenedAtFlush(vvol -> isRemote(specs, vvol)))
                        .withThreadCount(config.images().streams().threads())
                        .withStandbyReplicas(config.images().streams().standbyReplicas())
                        .withSessionTimeout(config.images().streams().sessionTimeout())
                        .withOverrides(overrides);
        return new SiteApplication(
                settings,
                serdes.writes(),
                serdes.headers(),
                serdes.progress(),
                reportSource,
                flushes,
                setup.clock(),
                config.images().index().memoryLimitBytes());
    }

    private static boolean isRemote(CompactedView<VolumeSpec> specs, String vvol) {
        return specs.get(vvol).map(spec -> spec.getDurability() == Durability.REMOTE).orElse(false);
    }

    private void reported(String key, @Nullable Progress report) {
        sites.changed(key, report);
        String vvol = key.substring(0, Math.max(0, key.lastIndexOf('@')));
        sites.hardenedEverywhere(vvol)
                .ifPresent(seq -> application.index().onHardenedEverywhere(vvol, seq));
    }

    void start() {
        application.start();
    }

    /**
     * @throws IOException if it does not get its volumes within the start's time limit
     */
    void awaitRunning() throws IOException, InterruptedException {
        if (!application.awaitRunning(config.connection().startTimeout())) {
            throw new IOException(
                    "node %s did not get its volumes from Kafka Streams within %d s"
                            .formatted(
                                    config.node(), config.connection().startTimeout().toSeconds()));
        }
    }

    SiteApplication application() {
        return application;
    }

    /** What sites have reported last, by {@code vvol@site}. */
    CompactedView<Progress> progress() {
        return progress;
    }

    SiteProgress sites() {
        return sites;
    }

    NodeImages images() {
        return images;
    }

    private void logCounters() {
        ApplyCounters counters = application.counters();
        log.atInfo()
                .addKeyValue("node", config.node())
                .addKeyValue("records", counters.records())
                .addKeyValue("restored", counters.restoredRecords())
                .addKeyValue("applied", counters.events())
                .addKeyValue("duplicates", counters.duplicates())
                .addKeyValue("fenced", counters.fenced())
                .log("node stops; what it processed since its start");
    }
}
