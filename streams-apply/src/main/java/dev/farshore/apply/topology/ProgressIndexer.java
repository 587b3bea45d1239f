package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.schemas.event.Progress;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Has the index look at what this node's own image has hardened: blocks become clean. What a report
 * says counts for nothing but as a sign that there is news: it may be another node's, whose image
 * is ahead of ours, as of a node that answered for the volume before this one.
 *
 * <p>(The stream of reports could be done without, but a node with another set of topics could not
 * share a site with nodes of older releases while they are upgraded.)
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
