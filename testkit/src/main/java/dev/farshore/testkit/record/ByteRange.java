package dev.farshore.testkit.record;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Bytes of a volume. */
public record ByteRange(long offset, long length) {

    public long end() {
        return offset + length;
    }

    /** The same bytes in ascending order, ranges that touch or overlap made one. */
    public static List<ByteRange> union(List<ByteRange> ranges) {
        List<ByteRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingLong(ByteRange::offset));
        List<ByteRange> union = new ArrayList<>();
        for (ByteRange range : sorted) {
            ByteRange last = union.isEmpty() ? null : union.getLast();
            if (last == null || range.offset > last.end()) {
                union.add(range);
            } else if (range.end() > last.end()) {
                union.set(union.size() - 1, new ByteRange(last.offset, range.end() - last.offset));
            }
        }
        return union;
    }
}
