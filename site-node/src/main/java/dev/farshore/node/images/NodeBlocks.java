package dev.farshore.node.images;

import dev.farshore.apply.index.DirtyBlocks;
import dev.farshore.apply.site.SiteApplication;
import dev.farshore.node.query.KnownBlocks;
import dev.farshore.schemas.event.Phase;
import dev.farshore.schemas.event.Progress;
import dev.farshore.schemas.event.VolumeSpec;
import dev.farshore.schemas.topic.CompactedView;

import java.util.Optional;

/** What the streams application and the topics know of blocks, as queries see it. */
public record NodeBlocks(
        String site,
        String node,
        CompactedView<VolumeSpec> specs,
        CompactedView<Progress> progress,
        SiteApplication application)
        implements KnownBlocks {

    @Override
    public Optional<VolumeSpec> spec(String vvol) {
        return specs.get(vvol).filter(spec -> spec.getPhase() != Phase.DELETED);
    }

    @Override
    public boolean isKeptHere(int partition) {
        return application.images().isActive(partition);
    }

    @Override
    public boolean isServing() {
        return application.isRunning();
    }

    @Override
    public Optional<DirtyBlocks> blocks(String vvol) {
        return application.index().find(vvol);
    }

    @Override
    public Optional<String> whyImageIsNotWhole(String vvol) {
        return NodeImages.unfitness(application.images(), vvol);
    }

    @Override
    public Optional<Progress> keeper(String vvol) {
        return progress.get(vvol + "@" + site);
    }
}
