package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.schemas.event.Progress;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Tells the index what this node's own image has hardened, so that blocks become clean. A report
 * only says when to look. Its numbers are not used: they may be of another node that answered for
 * the volume before, and whose image is ahead of ours.
 *
 * <p>The stream of reports could be dropped, but nodes that subscribe to different topics can't
 * share a site during a rolling upgrade.
 */
@SuppressWarnings("NullAway.Init") // Streams calls init first.
final class ProgressIndexer implements Processor<String, Decoded<Progress>, Void, Void> {
    private final String site;
    private DirtyBlockStore blocks;

    ProgressIndexer(String site) {
        this.site = site;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        blocks = context.getStateStore(DirtyBlockStore.NAME);
    }

    @Override
    public void process(Record<String, Decoded<Progress>> record) {
        if (record.value() instanceof Decoded.Value<Progress>(Progress progress)
                && progress.getSite().equals(site)) {
            blocks.onProgress(progress.getVvol());
        }
    }
}
