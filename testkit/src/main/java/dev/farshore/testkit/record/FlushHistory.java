package dev.farshore.testkit.record;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The flushes of a volume and the writes between them, until no image has to be checked against
 * them any more.
 *
 * <p>Threading: guarded by the {@link WriteRecord} it belongs to.
 */
final class FlushHistory {
    /** What is kept when nobody checks or forgets: about 20 MiB. */
    private static final int MAX_REMEMBERED_WRITES = 500_000;

    /**
     * A flush.
     *
     * @param before writes acknowledged since the marker before it was sent, and before its own
     *     marker was sent, in that order
     * @param newestIssued newest write sent when the flush was acknowledged; 0 until then
     */
    private record FlushPoint(List<RecordedWrite> before, int newestIssued) {}

    /** By marker. */
    private final NavigableMap<Integer, FlushPoint> points = new TreeMap<>();

    private List<RecordedWrite> sinceLastMarker = new ArrayList<>();
    private int rememberedWrites;
    private int completed;

    void acknowledge(RecordedWrite write) {
        sinceLastMarker.add(write);
        rememberedWrites++;
        while (rememberedWrites > MAX_REMEMBERED_WRITES && !points.isEmpty()) {
            forget(points.firstKey());
        }
    }

    void add(int marker) {
        points.put(marker, new FlushPoint(sinceLastMarker, 0));
        sinceLastMarker = new ArrayList<>();
    }

    void complete(int marker, int newestIssued) {
        completed++;
        points.computeIfPresent(marker, (_, point) -> new FlushPoint(point.before, newestIssued));
    }

    int completed() {
        return completed;
    }

    void forget(int upToMarker) {
        Map<Integer, FlushPoint> old = points.headMap(upToMarker, true);
        old.values().forEach(point -> rememberedWrites -= point.before.size());
        old.clear();
    }

    Stream<RecordedWrite> acknowledgedSince(int marker) {
        return Stream.concat(
                points.tailMap(marker, false).values().stream()
                        .flatMap(point -> point.before.stream()),
                sinceLastMarker.stream());
    }

    @Nullable FlushExpectation expectAt(
            WriteRecord record, int marker, int afterMarker, int issued) {
        FlushPoint point = points.get(marker);
        if (point == null) {
            return null;
        }
        List<RecordedWrite> before = new ArrayList<>();
        points.subMap(afterMarker, false, marker, true)
                .values()
                .forEach(each -> before.addAll(each.before));
        int newestPossible = point.newestIssued == 0 ? issued : point.newestIssued;
        return new FlushExpectation(record, marker, newestPossible, before);
    }
}
