package dev.farshore.capture.read;

/**
 * Which event covers which chunk: an open hash table in one array of longs, alternating key and
 * {@link Coverage}. A key has several entries only if events cover different sectors of one block;
 * those are disjoint, so at most eight.
 *
 * <p>Threading: writers exclude each other. A reader beside a writer may get any answer, but gets
 * one: no index leaves its array, and no probe runs longer than the array. The lock's stamp tells
 * whether the answer is good.
 */
final class CoverageTable {
    private static final int INITIAL_LONGS = 32;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private long[] table = new long[INITIAL_LONGS];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** The coverage of a key whose sectors meet {@code sectors}, or {@link Coverage#NONE}. */
    long find(long key, int sectors) {
        long[] array = table;
        int slot = home(array, key);
        for (int probes = 0; probes < array.length / 2; probes++) {
            long coverage = array[slot + 1];
            if (coverage == Coverage.NONE) {
                return Coverage.NONE;
            }
            if (array[slot] == key && (Coverage.sectors(coverage) & sectors) != 0) {
                return coverage;
            }
            slot = next(array, slot);
        }
        return Coverage.NONE;
    }

    /** Lets a newer event cover the sectors that {@code coverage} names; older ones lose them. */
    void put(long key, long coverage) {
        uncover(key, Coverage.sectors(coverage));
        if ((size + 1) * 4 > table.length) {
            resize(table.length * 2);
        }
        insert(table, key, coverage);
        size++;
    }

    private void uncover(long key, int sectors) {
        int slot = home(table, key);
        while (table[slot + 1] != Coverage.NONE) {
            long older = table[slot + 1];
            int left = Coverage.sectors(older) & ~sectors;
            if (table[slot] != key) {
                slot = next(table, slot);
            } else if (left == 0) {
                // The entry that moves up into this slot has not been looked at yet.
                delete(slot);
            } else {
                table[slot + 1] = Coverage.withSectors(older, left);
                slot = next(table, slot);
            }
        }
    }

    /** Removes what event {@code seq} still covers of a key. */
    void remove(long key, long seq) {
        int slot = home(table, key);
        while (table[slot + 1] != Coverage.NONE) {
            if (table[slot] == key && Coverage.seq(table[slot + 1]) == seq) {
                delete(slot);
                if (table.length > INITIAL_LONGS && size * 16 < table.length) {
                    resize(table.length / 2);
                }
                return;
            }
            slot = next(table, slot);
        }
    }

    /** Empties a slot and moves up what probed past it, so that no probe ends too early. */
    private void delete(int slot) {
        int hole = slot;
        for (int from = next(table, hole);
                table[from + 1] != Coverage.NONE;
                from = next(table, from)) {
            int home = home(table, table[from]);
            int distance = from - home & table.length - 1;
            int distanceToHole = from - hole & table.length - 1;
            if (distance >= distanceToHole) {
                table[hole] = table[from];
                table[hole + 1] = table[from + 1];
                hole = from;
            }
        }
        table[hole + 1] = Coverage.NONE;
        size--;
    }

    private void resize(int longs) {
        long[] resized = new long[longs];
        for (int slot = 0; slot < table.length; slot += 2) {
            if (table[slot + 1] != Coverage.NONE) {
                insert(resized, table[slot], table[slot + 1]);
            }
        }
        table = resized;
    }

    private static void insert(long[] array, long key, long coverage) {
        int slot = home(array, key);
        while (array[slot + 1] != Coverage.NONE) {
            slot = next(array, slot);
        }
        array[slot] = key;
        array[slot + 1] = coverage;
    }

    private static int home(long[] array, long key) {
        return (int) (key * SPREAD >>> 32) << 1 & array.length - 1;
    }

    private static int next(long[] array, int slot) {
        return slot + 2 & array.length - 1;
    }
}
