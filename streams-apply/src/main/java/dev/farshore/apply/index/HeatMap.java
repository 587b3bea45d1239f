package dev.farshore.apply.index;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.schemas.log.EventHeader;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When each region of one volume was written last. All regions have one size: {@value
 * #MIN_REGION_BYTES} bytes, doubled until at most {@value #MAX_REGIONS} of them hold the last byte
 * written, so that memory is bounded for any volume.
 *
 * <p>Threading: none of its own.
 */
final class HeatMap {
    /** 64 KiB of memory a volume, at most. */
    static final int MAX_REGIONS = 4096;

    static final long MIN_REGION_BYTES = 1 << 20;

    private long regionBytes = MIN_REGION_BYTES;
    private long[] seqs = new long[0];
    private long[] captureMicros = new long[0];

    /** The event wrote its range: with data, or with zeroes. */
    void add(EventHeader header) {
        if (header.length() <= 0) {
            return;
        }
        long last = header.offset() + header.length() - 1;
        while (last / regionBytes >= MAX_REGIONS) {
            coarsen();
        }
        int first = (int) (header.offset() / regionBytes);
        int end = (int) (last / regionBytes) + 1;
        if (end > seqs.length) {
            int capacity = Math.min(MAX_REGIONS, Math.max(16, Integer.highestOneBit(end) * 2));
            seqs = Arrays.copyOf(seqs, capacity);
            captureMicros = Arrays.copyOf(captureMicros, capacity);
        }
        Arrays.fill(seqs, first, end, header.seq());
        Arrays.fill(captureMicros, first, end, header.captureMicros());
    }

    /** Two regions become one, which was written when the later of them was. */
    private void coarsen() {
        regionBytes *= 2;
        for (int at = 0; at < seqs.length; at++) {
            int into = at / 2;
            boolean isLater = at % 2 == 0 || seqs[at] > seqs[into];
            long seq = seqs[at];
            long micros = captureMicros[at];
            if (at > into) {
                seqs[at] = 0;
                captureMicros[at] = 0;
            }
            if (isLater) {
                seqs[into] = seq;
                captureMicros[into] = micros;
            }
        }
    }

    /** The regions that were written after event {@code seq}, in order. */
    List<WrittenRegion> writtenAfter(long seq) {
        List<WrittenRegion> found = new ArrayList<>();
        for (int at = 0; at < seqs.length; at++) {
            if (seqs[at] > Math.max(0, seq)) {
                found.add(
                        new WrittenRegion(
                                at * regionBytes, regionBytes, seqs[at], captureMicros[at]));
            }
        }
        return found;
    }

    /** What it takes of the heap, nearly. */
    long heapBytes() {
        return 16L * seqs.length;
    }

    void write(PackedWriter out) throws IOException {
        out.number(regionBytes);
        out.number(seqs.length);
        for (int at = 0; at < seqs.length; at++) {
            out.number(seqs[at]);
            out.number(captureMicros[at]);
        }
    }

    /** Takes what {@link #write} wrote, instead of what it has. */
    void read(PackedReader in) throws IOException {
        regionBytes = in.number();
        long regions = in.number();
        if (regions < 0 || regions > MAX_REGIONS || regionBytes < MIN_REGION_BYTES) {
            throw new IOException("%d regions of %d bytes".formatted(regions, regionBytes));
        }
        seqs = new long[(int) regions];
        captureMicros = new long[(int) regions];
        for (int at = 0; at < regions; at++) {
            seqs[at] = in.number();
            captureMicros[at] = in.number();
        }
    }
}
