package dev.farshore.capture.publish;

import dev.farshore.capture.seed.LogScan;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads {@code farshore.writes} itself: only there each event has its place, and those that were
 * fenced, of which headers may tell nothing, are between them.
 */
public final class KafkaLogScan implements LogScan {
    private final Map<String, Object> clientProperties;
    private final WriteEventCodec codec;

    /**
     * @param clientProperties for every Kafka client of the node: addresses, security
     */
    public KafkaLogScan(Map<String, Object> clientProperties, WriteEventCodec codec) {
        this.clientProperties = Map.copyOf(clientProperties);
        this.codec = codec;
    }

    @Override
    public LogCursor scan(
            String vvol, int partition, long startedOffset, Consumer<EventHeader> visitor)
            throws IOException {
        Scan scan = new Scan(vvol, visitor);
        try (PartitionReader writes =
                new PartitionReader(clientProperties, Topics.WRITES, partition)) {
            if (writes.begin() > startedOffset) {
                throw new IOException(
                        "the seed of %s began at offset %d, and %s begins with %d by now"
                                .formatted(vvol, startedOffset, Topics.WRITES, writes.begin()));
            }
            writes.read(startedOffset, writes.end(), scan);
        }
        LogCursor reached = scan.cursor;
        if (reached == null) {
            throw new IOException(
                    "%s has no event of %s from offset %d on"
                            .formatted(Topics.WRITES, vvol, startedOffset));
        }
        return reached;
    }

    private final class Scan implements PartitionReader.Visitor {
        private final String vvol;
        private final Consumer<EventHeader> visitor;

        /** Null before the first event, which is the seed's start. */
        private @Nullable LogCursor cursor;

        Scan(String vvol, Consumer<EventHeader> visitor) {
            this.vvol = vvol;
            this.visitor = visitor;
        }

        @Override
        public boolean visit(String key, byte[] value, long offset) {
            if (!key.equals(vvol)) {
                return true;
            }
            EventHeader event = codec.decode(value).header();
            LogCursor before = cursor;
            if (before == null) {
                cursor = LogCursor.beginningAt(event);
            } else if (before.judge(event) instanceof Verdict.Next(LogCursor after)) {
                cursor = after;
                visitor.accept(event);
            }
            return true;
        }
    }
}
