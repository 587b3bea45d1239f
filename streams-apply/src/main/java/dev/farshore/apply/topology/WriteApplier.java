package dev.farshore.apply.topology;

import dev.farshore.apply.decode.Decoded;
import dev.farshore.apply.store.ImageStore;
import dev.farshore.schemas.log.LogEvent;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Takes the events of a partition to its images. It keeps a read-only store, so it can't forward.
 */
@SuppressWarnings("NullAway.Init") // Streams calls init first.
final class WriteApplier implements Processor<String, Decoded<LogEvent>, Void, Void> {
    private ProcessorContext<Void, Void> context;
    private ImageStore images;

    @Override
    public void init(ProcessorContext<Void, Void> newContext) {
        context = newContext;
        images = newContext.getStateStore(ImageStore.NAME);
    }

    @Override
    public void process(Record<String, Decoded<LogEvent>> record) {
        if (record.key() != null && record.value() != null) {
            images.apply(record.key(), record.value(), offset());
        }
    }

    private long offset() {
        return context.recordMetadata().map(RecordMetadata::offset).orElseThrow();
    }
}
