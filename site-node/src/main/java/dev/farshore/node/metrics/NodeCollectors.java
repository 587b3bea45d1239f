package dev.farshore.node.metrics;

import dev.farshore.apply.site.SiteApplication;
import dev.farshore.capture.publish.PublishedTotals;
import dev.farshore.capture.volume.VolumeHost;
import dev.farshore.process.metrics.ProcessMetrics;

/** Adds to a process's metrics what the parts of a node know. */
public final class NodeCollectors {
    private NodeCollectors() {}

    /** To be called once, before the node is scraped. */
    public static void addTo(
            ProcessMetrics metrics,
            String site,
            String node,
            VolumeHost volumes,
            PublishedTotals published,
            SiteApplication application) {
        VolumeMetrics ofVolumes = new VolumeMetrics(site, node);
        metrics.add(() -> ofVolumes.of(volumes.statuses()));
        metrics.add(new PublisherMetrics(site, node, published)::all);
        metrics.add(new IndexMetrics(site, node, application.index())::all);
        metrics.add(new ApplyMetrics(site, node, application)::all);
        application.tellHardening(new HardeningMetrics(metrics.registry(), site, node));
    }
}
