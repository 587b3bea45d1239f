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
 * A region that is on disk. Whatever changes it brings it back; who only looks reads a copy, which
 * is gone again when he has seen it: readers must not change the map.
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
    static Region of(Region region, int bits, PageStore pages, Tally tally) {
        byte[] page = encoded(region, bits);
        long id = pages.add(page);
        Tally before = copyOf(tally);
        region.discard(bits, tally);
        SpilledRegion spilled =
                new SpilledRegion(
                        pages,
                        id,
                        page.length,
                        before.pieces - tally.pieces,
                        before.sectors - tally.sectors);
        tally.pieces = before.pieces;
        tally.sectors = before.sectors;
        tally.bytes += BYTES;
        return spilled;
    }

    private static Tally copyOf(Tally tally) {
        Tally copy = new Tally();
        copy.pieces = tally.pieces;
        copy.sectors = tally.sectors;
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

    private Region broughtBack(int bits, Tally tally) {
        ExtentReader reader = reader();
        discard(bits, tally);
        try {
            Region region = null;
            while (reader.next()) {
                region = put(region, bits, reader.start(), reader.end(), reader.seq(), tally);
            }
            return Objects.requireNonNull(region);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    Region put(int bits, long from, long until, long seq, Tally tally) {
        return broughtBack(bits, tally).put(bits, from, until, seq, tally);
    }

    @Override
    @Nullable Region removeSeq(int bits, long from, long until, long seq, Tally tally) {
        return broughtBack(bits, tally).removeSeq(bits, from, until, seq, tally);
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
    void discard(int bits, Tally tally) {
        pages.remove(id, pageBytes);
        tally.pieces -= pieces;
        tally.sectors -= sectors;
        tally.bytes -= BYTES;
    }

    @Override
    long heapBytes() {
        return BYTES;
    }
}
