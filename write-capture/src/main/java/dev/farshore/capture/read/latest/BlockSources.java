package dev.farshore.capture.read.latest;

import dev.farshore.nbd.BlockDevice;
import dev.farshore.schemas.log.LogEvent;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Where each sector of a range is read from: the image, until an event is painted over it. Events
 * are painted in the order of the log. Threading: belongs to one reader.
 */
final class BlockSources {
    private static final int SECTOR_BYTES = BlockDevice.BLOCK_BYTES;
    private static final int IMAGE = 0;

    /**
     * An event that the image does not have.
     *
     * @param eventOffset first byte of its range, in the volume
     * @param event null if its payload is still to be fetched, or there is none
     */
    record Source(
            long seq,
            long writesOffset,
            long eventOffset,
            boolean isZero,
            @Nullable LogEvent event) {}

    /**
     * Sectors next to each other with one source.
     *
     * @param source null for the image
     */
    record Run(long offset, int length, @Nullable Source source) {}

    private final long offset;
    private final int length;
    private final List<Source> sources = new ArrayList<>();

    /** By sector: 1 + index of its source, or {@link #IMAGE}; null while all is. */
    private int @Nullable [] sourceOf;

    /** In whole sectors. */
    BlockSources(long offset, int length) {
        this.offset = offset;
        this.length = length;
    }

    /** Lets an event cover what of its range lies in this one. */
    void paint(long from, long lengthBytes, Source source) {
        long start = Math.max(from, offset);
        long end = Math.min(from + lengthBytes, offset + length);
        if (start >= end) {
            return;
        }
        int[] painted = sourceOf;
        if (painted == null) {
            painted = new int[length / SECTOR_BYTES];
            sourceOf = painted;
        }
        sources.add(source);
        int until = (int) ((end - offset) / SECTOR_BYTES);
        for (int sector = (int) ((start - offset) / SECTOR_BYTES); sector < until; sector++) {
            painted[sector] = sources.size();
        }
    }

    boolean isAllImage() {
        return sourceOf == null;
    }

    /** In order and without holes. */
    List<Run> runs() {
        int[] painted = sourceOf;
        if (painted == null) {
            return List.of(new Run(offset, length, null));
        }
        List<Run> runs = new ArrayList<>();
        int start = 0;
        for (int sector = 1; sector <= painted.length; sector++) {
            if (sector == painted.length || painted[sector] != painted[start]) {
                runs.add(
                        new Run(
                                offset + (long) start * SECTOR_BYTES,
                                (sector - start) * SECTOR_BYTES,
                                painted[start] == IMAGE ? null : sources.get(painted[start] - 1)));
                start = sector;
            }
        }
        return runs;
    }
}
