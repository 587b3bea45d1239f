package dev.farshore.node.images;

import dev.farshore.apply.index.DirtyBlockIndex;
import dev.farshore.apply.index.DirtyExtent;
import dev.farshore.apply.index.IndexView;
import dev.farshore.apply.index.IndexedOffsets;
import dev.farshore.capture.read.latest.LogIndex;

import java.util.List;
import java.util.Optional;

/** The dirty-block index, as readers of the newest data see it. */
public record NodeLogIndex(DirtyBlockIndex index) implements LogIndex {

    @Override
    public Optional<View> view(String vvol, long offset, long length) {
        return index.find(vvol).map(blocks -> view(blocks.view(offset, length)));
    }

    private static View view(IndexView view) {
        return new View(
                view.logEnd(),
                view.endWritesOffset(),
                view.coveredFromSeq(),
                view.sizes().stream()
                        .map(change -> new SizeChange(change.seq(), change.sizeBytes()))
                        .toList(),
                view.gap(),
                view.dirty().stream().map(NodeLogIndex::extent).toList());
    }

    private static Extent extent(DirtyExtent dirty) {
        return new Extent(
                dirty.offset(),
                dirty.length(),
                dirty.seq(),
                dirty.writesOffset(),
                dirty.eventOffset(),
                dirty.isZero());
    }

    @Override
    public List<OffsetRange> unknown(int partition, long from, long to, int maxRanges) {
        IndexedOffsets accounted = index.accounted(partition).orElse(null);
        if (accounted == null) {
            return List.of(new OffsetRange(from, to));
        }
        return accounted.missing(from, to, maxRanges).stream()
                .map(range -> new OffsetRange(range.from(), range.to()))
                .toList();
    }
}
