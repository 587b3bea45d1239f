package dev.farshore.apply.index;

import java.util.ArrayList;
import java.util.Arrays;

/**
 * Disjoint extents of sectors, in order, each with the seq of the event that wrote it last.
 *
 * <p>A two-level sorted list of primitive arrays: leaves of at most {@value Leaf#MAX_EXTENTS}
 * extents, and an array of their first sectors. Twenty bytes an extent and the slack of the leaves,
 * no object per extent; ten million extents are some thirty thousand leaves.
 *
 * <p>Threading: none of its own.
 */
final class ExtentMap {
    /** Extents are no longer than this; a longer range becomes several. */
    static final int MAX_SECTORS = 1 << 30;

    /** Is shown extents in order. */
    interface Visitor {
        void visit(long start, int length, long seq);
    }

    /** Is shown extents in order, until it has enough. */
    interface StoppingVisitor {
        /**
         * @return whether to go on
         */
        boolean visit(long start, int length, long seq);
    }

    private long[] firstStarts = new long[4];
    private final ArrayList<Leaf> leaves = new ArrayList<>();
    private long extentCount;
    private long sectors;

    long extentCount() {
        return extentCount;
    }

    long sectors() {
        return sectors;
    }

    /** Gives the range {@code seq}, whatever it had before. */
    void put(long start, long length, long seq) {
        for (long at = start, end = start + length; at < end; ) {
            int part = (int) Math.min(MAX_SECTORS, end - at);
            putPart(at, part, seq);
            at += part;
        }
    }

    private void putPart(long start, int length, long seq) {
        int leafIndex = leafOf(start);
        if (leafIndex >= 0) {
            Leaf leaf = leaves.get(leafIndex);
            int at = leaf.floor(start);
            if (at >= 0 && leaf.starts[at] == start && leaf.lengths[at] == length) {
                // The same blocks again: by far the most frequent overlap.
                leaf.seqs[at] = seq;
                return;
            }
            if (leaf.count < Leaf.MAX_EXTENTS
                    && leaf.end(at) <= start
                    && startAfter(leafIndex, at) >= start + length) {
                // Where there was nothing: next frequent, and no need to search again.
                leaf.insert(at + 1, start, length, seq);
                extentCount++;
                sectors += length;
                return;
            }
        }
        cut(start, start + length);
        insert(start, length, seq);
    }

    /** Start of the extent that follows one; MAX_VALUE if it is the last. */
    private long startAfter(int leafIndex, int at) {
        Leaf leaf = leaves.get(leafIndex);
        if (at + 1 < leaf.count) {
            return leaf.starts[at + 1];
        }
        return leafIndex + 1 < leaves.size() ? firstStarts[leafIndex + 1] : Long.MAX_VALUE;
    }

    /** Takes away whatever is in the range. */
    private void cut(long start, long end) {
        int leafIndex = Math.max(0, leafOf(start));
        while (leafIndex < leaves.size() && firstStarts[leafIndex] < end) {
            Leaf leaf = leaves.get(leafIndex);
            int at = Math.max(0, leaf.floor(start));
            if (leaf.end(at) <= start) {
                at++;
            }
            if (at < leaf.count && leaf.starts[at] < start) {
                long tailSectors = leaf.end(at) - end;
                long seq = leaf.seqs[at];
                sectors -= leaf.end(at) - start;
                leaf.lengths[at] = (int) (start - leaf.starts[at]);
                if (tailSectors > 0) {
                    insert(end, (int) tailSectors, seq);
                    return;
                }
                at++;
            }
            int covered = at;
            while (covered < leaf.count && leaf.end(covered) <= end) {
                sectors -= leaf.lengths[covered];
                covered++;
            }
            if (covered < leaf.count && leaf.starts[covered] < end) {
                int cutSectors = (int) (end - leaf.starts[covered]);
                leaf.starts[covered] = end;
                leaf.lengths[covered] -= cutSectors;
                sectors -= cutSectors;
            }
            boolean isBeyondEnd = covered < leaf.count;
            leafIndex = remove(leafIndex, at, covered) ? leafIndex : leafIndex + 1;
            if (isBeyondEnd) {
                return;
            }
        }
    }

    /** Adds an extent where there is none. */
    private void insert(long start, int length, long seq) {
        if (leaves.isEmpty()) {
            insertLeaf(0, new Leaf(), start);
        }
        int leafIndex = Math.max(0, leafOf(start));
        Leaf leaf = leaves.get(leafIndex);
        if (leaf.count == Leaf.MAX_EXTENTS) {
            boolean isAppending =
                    leafIndex == leaves.size() - 1 && start > leaf.starts[leaf.count - 1];
            // What is written in order leaves full leaves behind.
            Leaf right = isAppending ? new Leaf() : leaf.split(leaf.count / 2);
            long rightStart = isAppending ? start : right.starts[0];
            insertLeaf(leafIndex + 1, right, rightStart);
            if (start >= rightStart) {
                leaf = right;
                leafIndex++;
            }
        }
        int at = leaf.floor(start) + 1;
        leaf.insert(at, start, length, seq);
        firstStarts[leafIndex] = leaf.starts[0];
        extentCount++;
        sectors += length;
    }

    /** Takes away the extents of {@code seq} that touch the range. */
    void removeSeq(long start, long length, long seq) {
        long end = start + length;
        int leafIndex = Math.max(0, leafOf(start));
        while (leafIndex < leaves.size() && firstStarts[leafIndex] < end) {
            Leaf leaf = leaves.get(leafIndex);
            int at = Math.max(0, leaf.floor(start));
            boolean isLeafGone = false;
            while (at < leaf.count && leaf.starts[at] < end) {
                if (leaf.seqs[at] != seq || leaf.end(at) <= start) {
                    at++;
                    continue;
                }
                int until = at;
                while (until < leaf.count && leaf.starts[until] < end && leaf.seqs[until] == seq) {
                    sectors -= leaf.lengths[until];
                    until++;
                }
                isLeafGone = remove(leafIndex, at, until);
                if (isLeafGone) {
                    break;
                }
            }
            leafIndex = isLeafGone ? leafIndex : leafIndex + 1;
        }
    }

    /** Shows the extents that touch the range, whole. */
    void forEach(long start, long end, Visitor visitor) {
        forEachWhile(
                start,
                end,
                (from, length, seq) -> {
                    visitor.visit(from, length, seq);
                    return true;
                });
    }

    /** Shows the extents that touch the range, whole, until the visitor wants no more. */
    void forEachWhile(long start, long end, StoppingVisitor visitor) {
        for (int leafIndex = Math.max(0, leafOf(start));
                leafIndex < leaves.size() && firstStarts[leafIndex] < end;
                leafIndex++) {
            Leaf leaf = leaves.get(leafIndex);
            for (int at = Math.max(0, leaf.floor(start));
                    at < leaf.count && leaf.starts[at] < end;
                    at++) {
                if (leaf.end(at) > start
                        && !visitor.visit(leaf.starts[at], leaf.lengths[at], leaf.seqs[at])) {
                    return;
                }
            }
        }
    }

    boolean intersects(long start, long end) {
        int leafIndex = leafOf(start);
        if (leafIndex >= 0) {
            Leaf leaf = leaves.get(leafIndex);
            int at = leaf.floor(start);
            if (leaf.end(at) > start || (at + 1 < leaf.count && leaf.starts[at + 1] < end)) {
                return true;
            }
        }
        return leafIndex + 1 < leaves.size() && firstStarts[leafIndex + 1] < end;
    }

    /** The last leaf that does not start after {@code sector}; -1 if all do. */
    private int leafOf(long sector) {
        int found = Arrays.binarySearch(firstStarts, 0, leaves.size(), sector);
        return found >= 0 ? found : -found - 2;
    }

    /**
     * Takes extents out of a leaf.
     *
     * @return whether the leaf went with them, so that its index is now that of the next
     */
    private boolean remove(int leafIndex, int from, int until) {
        Leaf leaf = leaves.get(leafIndex);
        if (from < until) {
            leaf.remove(from, until);
            extentCount -= until - from;
        }
        if (leaf.count == 0) {
            removeLeaf(leafIndex);
            return true;
        }
        firstStarts[leafIndex] = leaf.starts[0];
        return false;
    }

    private void insertLeaf(int leafIndex, Leaf leaf, long firstStart) {
        int leafCount = leaves.size();
        if (leafCount == firstStarts.length) {
            firstStarts = Arrays.copyOf(firstStarts, leafCount + (leafCount >> 1));
        }
        System.arraycopy(firstStarts, leafIndex, firstStarts, leafIndex + 1, leafCount - leafIndex);
        firstStarts[leafIndex] = firstStart;
        leaves.add(leafIndex, leaf);
    }

    private void removeLeaf(int leafIndex) {
        leaves.remove(leafIndex);
        System.arraycopy(
                firstStarts, leafIndex + 1, firstStarts, leafIndex, leaves.size() - leafIndex);
    }
}
