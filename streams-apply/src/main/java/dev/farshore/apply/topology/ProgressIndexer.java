package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.schemas.event.Progress;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Takes this site's progress to the index: blocks become clean. */
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
            blocks.onHardened(progress.getVvol(), progress.getHardenedSeq());
        }
    }
}
