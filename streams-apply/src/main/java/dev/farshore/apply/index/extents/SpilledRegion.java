package dev.farshore.apply.index.extents;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.PageStore;
import dev.farshore.apply.index.spill.SpillException;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;

/**
 * A region on disk. A change loads it into memory. A reader gets a temporary copy, as readers must
 * not change the map.
 *
 * <p>The page has its extents as {@link ExtentWriter} writes them.
 */
final class SpilledRegion extends Region {
    static final int BYTES = 56;

    private final PageStore pages;
    private final long id;
    private final int pageBytes;
    private final long pieces;
    private final long sectors;

    private SpilledRegion(PageStore pages, long id, int pageBytes, long pieces, long sectors) {
        this.pages = pages;
        this.id = id;
        this.pageBytes = pageBytes;
        this.pieces = pieces;
        this.sectors = sectors;
    }

    /** Moves a region to disk; what is in it still counts. */
    static Region of(Region region, int bits, PageStore pages, MapTotals totals) {
        byte[] page = encoded(region, bits);
        long id = pages.add(page);
        MapTotals before = copyOf(totals);
        region.discard(bits, totals);
        SpilledRegion spilled =
                new SpilledRegion(
                        pages,
                        id,
                        page.length,
                        before.pieces - totals.pieces,
                        before.sectors - totals.sectors);
        totals.pieces = before.pieces;
        totals.sectors = before.sectors;
        totals.bytes += BYTES;
        return spilled;
    }

    private static MapTotals copyOf(MapTotals totals) {
        MapTotals copy = new MapTotals();
        copy.pieces = totals.pieces;
        copy.sectors = totals.sectors;
        return copy;
    }

    private static byte[] encoded(Region region, int bits) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ExtentWriter writer = new ExtentWriter(new PackedWriter(bytes));
        try {
            region.visit(bits, 0, 0, 1L << bits, writer);
            writer.finish();
        } catch (IOException e) {
            throw new SpillException("packing a page of the index", e);
        }
        return bytes.toByteArray();
    }

    private ExtentReader reader() {
        return new ExtentReader(new PackedReader(new ByteArrayInputStream(pages.get(id))));
    }

    private SpillException unreadable(IOException e) {
        return new SpillException("page %d of the index makes no sense: %s".formatted(id, e), e);
    }

    private Region broughtBack(int bits, MapTotals totals) {
        ExtentReader reader = reader();
        discard(bits, totals);
        try {
            Region region = null;
            while (reader.next()) {
                region = put(region, bits, reader.start(), reader.end(), reader.seq(), totals);
            }
            return Objects.requireNonNull(region);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    Region put(int bits, long from, long until, long seq, MapTotals totals) {
        return broughtBack(bits, totals).put(bits, from, until, seq, totals);
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long seq, MapTotals totals) {
        return broughtBack(bits, totals).removeSeq(bits, from, until, seq, totals);
    }

    @Override
    boolean visit(int bits, long base, long from, long until, ExtentMap.StoppingVisitor visitor) {
        ExtentReader reader = reader();
        try {
            while (reader.next() && reader.start() < until) {
                long start = Math.max(from, reader.start());
                long length = Math.min(until, reader.end()) - start;
                if (length > 0 && !visitor.visit(base + start, length, reader.seq())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    boolean intersects(int bits, long from, long until) {
        boolean isEmpty = visit(bits, 0, from, until, (start, length, seq) -> false);
        return !isEmpty;
    }

    @Override
    void discard(int bits, MapTotals totals) {
        pages.remove(id, pageBytes);
        totals.pieces -= pieces;
        totals.sectors -= sectors;
        totals.bytes -= BYTES;
    }

    @Override
    long heapBytes() {
        return BYTES;
    }
}
