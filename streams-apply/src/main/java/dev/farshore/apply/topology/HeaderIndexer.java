package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.index.DirtyBlockStore;
import dev.farshore.schemas.log.IndexedHeader;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Takes headers to the index: blocks become dirty. */
@SuppressWarnings("NullAway.Init") // Streams calls init first.
final class HeaderIndexer implements Processor<String, Decoded<IndexedHeader>, Void, Void> {
    private ProcessorContext<Void, Void> context;
    private DirtyBlockStore blocks;

    @Override
    public void init(ProcessorContext<Void, Void> newContext) {
        context = newContext;
        blocks = newContext.getStateStore(DirtyBlockStore.NAME);
        blocks.becomeActive();
    }

    @Override
    public void process(Record<String, Decoded<IndexedHeader>> record) {
        if (record.key() != null && record.value() != null) {
            long offset = context.recordMetadata().map(RecordMetadata::offset).orElseThrow();
            blocks.onHeader(record.key(), record.value(), offset);
        }
    }

    @Override
    public void close() {
        blocks.becomeStandby();
    }
}
