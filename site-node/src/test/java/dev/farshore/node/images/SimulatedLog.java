package dev.farshore.node.images;

import dev.farshore.capture.read.latest.LogRecord;
import dev.farshore.capture.read.latest.WriteLog;
import dev.farshore.schemas.codec.WriteEventCodec;
import dev.farshore.schemas.event.EventKind;
import dev.farshore.schemas.log.LogCursor;
import dev.farshore.schemas.log.LogEvent;
import dev.farshore.schemas.log.Verdict;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * A partition of the write log in memory, and what it means: every volume's content after each of
 * its events, found in the simplest way. Threading: any thread.
 */
final class SimulatedLog implements WriteLog {
    final WriteEventCodec codec = new WriteEventCodec(1);
    private final List<LogEvent> events = new ArrayList<>();
    private final Map<String, Model> models = new TreeMap<>();

    /** A volume as it should be. */
    private static final class Model {
        LogCursor cursor = LogCursor.START;
        final List<byte[]> states = new ArrayList<>(List.of(new byte[0]));
        final List<Long> offsets = new ArrayList<>(List.of(-1L));
    }

    /** Returns the record's offset. */
    synchronized long append(LogEvent event) {
        long offset = events.size();
        events.add(event);
        Model model = model(event.header().vvol());
        if (model.cursor.judge(event.header()) instanceof Verdict.Next(LogCursor after)) {
            model.cursor = after;
            model.states.add(after(model.states.getLast(), event));
            model.offsets.add(offset);
        }
        return offset;
    }

    private Model model(String vvol) {
        return models.computeIfAbsent(vvol, name -> new Model());
    }

    private static byte[] after(byte[] before, LogEvent event) {
        EventKind kind = event.header().kind();
        if (kind == EventKind.EPOCH_OPENED || kind == EventKind.RESIZE) {
            return Arrays.copyOf(before, (int) event.header().length());
        }
        byte[] content = before.clone();
        int from = (int) event.header().offset();
        if (kind == EventKind.WRITE) {
            event.payload().duplicate().get(content, from, (int) event.header().length());
        } else if (kind == EventKind.ZERO || kind == EventKind.TRIM) {
            Arrays.fill(content, from, from + (int) event.header().length(), (byte) 0);
        }
        return content;
    }

    synchronized LogEvent event(long offset) {
        return events.get((int) offset);
    }

    synchronized LogCursor cursor(String vvol) {
        return model(vvol).cursor;
    }

    /** The volume after an event, and zeroes behind its end. */
    synchronized byte[] content(String vvol, long seq, long offset, int length) {
        byte[] state = model(vvol).states.get((int) seq);
        byte[] content = new byte[length];
        int there = (int) Math.max(0, Math.min(length, state.length - offset));
        System.arraycopy(state, (int) Math.min(offset, state.length), content, 0, there);
        return content;
    }

    /** Where an event first counted. */
    synchronized long offsetOf(String vvol, long seq) {
        return model(vvol).offsets.get((int) seq);
    }

    synchronized long size() {
        return events.size();
    }

    @Override
    public long end(Duration patience) {
        return size();
    }

    @Override
    public CompletableFuture<Long> endSoon() {
        return CompletableFuture.completedFuture(size());
    }

    @Override
    public Duration roundTrip() {
        return Duration.ZERO;
    }

    @Override
    public void fetch(long[] offsets, Duration patience, RecordVisitor visitor)
            throws java.io.IOException {
        for (long offset : offsets) {
            LogEvent event = event(offset);
            visitor.visit(
                    offset,
                    new LogRecord(
                            event.header().vvol(),
                            codec.encode(event.header(), event.payload().duplicate())),
                    false);
        }
    }

    @Override
    public void close() {}
}
