package dev.farshore.apply.index.extents;

/** What the regions of one map are together; they keep it up to date. */
final class Tally {
    /** Pieces: entries of sparse regions, filled slots of dense ones, uniform regions. */
    long pieces;

    /** Sectors that have a seq. */
    long sectors;

    /** What the regions take of the heap, as far as can be told from outside of the JVM. */
    long bytes;
}
