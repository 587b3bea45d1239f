package dev.farshore.testkit.record;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A number for each sector of a volume, 0 where none was put. Memory goes with the sectors touched:
 * 2 KiB for each 256 KiB of the volume in which there is one.
 *
 * <p>Threading: guarded by its owner.
 */
final class SectorMap {
    private static final int PAGE_SECTORS = 512;

    private final TreeMap<Long, int[]> pages = new TreeMap<>();

    /** Told of a run of sectors that all have a number. */
    interface RunVisitor<X extends Exception> {
        /**
         * @param numbers one a sector; its length is the run's
         */
        void visit(long firstSector, int[] numbers) throws X;
    }

    void put(long firstSector, long sectors, int number) {
        long sector = firstSector;
        long end = firstSector + sectors;
        while (sector < end) {
            int[] page = pages.computeIfAbsent(sector / PAGE_SECTORS, _ -> new int[PAGE_SECTORS]);
            int from = (int) (sector % PAGE_SECTORS);
            int to = (int) Math.min(PAGE_SECTORS, from + end - sector);
            Arrays.fill(page, from, to, number);
            sector += to - from;
        }
    }

    void copy(long firstSector, int[] into) {
        int copied = 0;
        while (copied < into.length) {
            long sector = firstSector + copied;
            int from = (int) (sector % PAGE_SECTORS);
            int count = Math.min(PAGE_SECTORS - from, into.length - copied);
            int[] page = pages.get(sector / PAGE_SECTORS);
            if (page == null) {
                Arrays.fill(into, copied, copied + count, 0);
            } else {
                System.arraycopy(page, from, into, copied, count);
            }
            copied += count;
        }
    }

    /** Visits the sectors that have a number, in ascending order. */
    <X extends Exception> void forEachRun(RunVisitor<X> visitor) throws X {
        for (Map.Entry<Long, int[]> entry : pages.entrySet()) {
            int[] page = entry.getValue();
            int at = 0;
            while (at < PAGE_SECTORS) {
                int end = at;
                while (end < PAGE_SECTORS && page[end] != 0) {
                    end++;
                }
                if (end > at) {
                    visitor.visit(
                            entry.getKey() * PAGE_SECTORS + at, Arrays.copyOfRange(page, at, end));
                }
                at = Math.max(end, at + 1);
            }
        }
    }

    /** Ranges of bytes that hold every sector that has a number. */
    List<ByteRange> touched() {
        long pageBytes = (long) PAGE_SECTORS * SectorStamp.SECTOR_BYTES;
        return ByteRange.union(
                pages.keySet().stream()
                        .map(page -> new ByteRange(page * pageBytes, pageBytes))
                        .toList());
    }
}
