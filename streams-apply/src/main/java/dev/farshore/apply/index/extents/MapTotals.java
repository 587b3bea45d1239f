package dev.farshore.apply.index.extents;

/** Totals of all regions of one map. The regions keep them up to date. */
final class MapTotals {
    /** Pieces: entries of sparse regions, filled slots of dense ones, uniform regions. */
    long pieces;

    /** Sectors that have a seq. */
    long sectors;

    /** What the regions take of the heap, as far as can be told from outside of the JVM. */
    long bytes;
}
