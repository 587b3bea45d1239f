package dev.farshore.capture.publish;

import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.codec.WriteHeaderCodec;
import dev.farshore.schemas.log.ChainLink;
import dev.farshore.schemas.log.ChainVerdict;
import dev.farshore.schemas.log.EventHeader;
import dev.farshore.schemas.log.HashChain;
import dev.farshore.schemas.log.IndexedHeader;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.Verdict;
import dev.farshore.schemas.topic.Topics;

import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a volume's topics as every reader does: what counts, in order. */
public final class LogReader {
    private final WriteEventCodec events;
    private final WriteHeaderCodec headers;

    public LogReader(WriteEventCodec events, WriteHeaderCodec headers) {
        this.events = events;
        this.headers = headers;
    }

    /** Headers of the events that count, in log order. */
    public List<EventHeader> validEvents(List<ProducerRecord<byte[], byte[]>> sent) {
        return valid(
                sent.stream()
                        .filter(record -> record.topic().equals(Topics.WRITES))
                        .map(record -> events.decode(record.value()).header())
                        .toList());
    }

    /** The headers that count, in log order. */
    public List<EventHeader> validHeaders(List<ProducerRecord<byte[], byte[]>> sent) {
        return valid(indexed(sent).stream().map(IndexedHeader::header).toList());
    }

    public List<IndexedHeader> indexed(List<ProducerRecord<byte[], byte[]>> sent) {
        return sent.stream()
                .filter(record -> record.topic().equals(Topics.HEADERS))
                .map(record -> headers.decode(record.value()))
                .toList();
    }

    /**
     * Follows a volume's hash chain over the headers that count.
     *
     * @return what it says of each; BROKEN also where a payload is not the one that was hashed
     */
    public List<ChainVerdict> chainVerdicts(
            List<ProducerRecord<byte[], byte[]>> sent, String vvol) {
        HashChain chain = new HashChain();
        List<ChainVerdict> verdicts = new ArrayList<>();
        LogCursor cursor = LogCursor.START;
        ChainLink before = null;
        for (IndexedHeader indexed : indexed(sent)) {
            EventHeader header = indexed.header();
            if (header.vvol().equals(vvol)
                    && cursor.judge(header) instanceof Verdict.Next(LogCursor after)) {
                ChainLink link = indexed.link();
                byte[] event = sent.get((int) indexed.writesOffset()).value();
                boolean isIntact =
                        link == null
                                || chain.hash(events.decode(event).payload())
                                        .equals(link.payload());
                verdicts.add(isIntact ? chain.judge(before, header, link) : ChainVerdict.BROKEN);
                cursor = after;
                before = link;
            }
        }
        return verdicts;
    }

    private static List<EventHeader> valid(List<EventHeader> all) {
        List<EventHeader> valid = new ArrayList<>();
        Map<String, LogCursor> cursors = new HashMap<>();
        for (EventHeader header : all) {
            LogCursor cursor = cursors.getOrDefault(header.vvol(), LogCursor.START);
            if (cursor.judge(header) instanceof Verdict.Next next) {
                cursors.put(header.vvol(), next.after());
                valid.add(header);
            }
        }
        return valid;
    }
}
