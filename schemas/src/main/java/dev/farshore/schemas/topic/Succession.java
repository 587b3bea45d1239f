package dev.farshore.schemas.topic;

import dev.farshore.schemas.event.VolumeSpec;

/**
 * Which records of a compacted topic count: the same answer for every reader, so that the order of
 * the partition arbitrates between writers.
 */
@FunctionalInterface
public interface Succession<V> {

    /** Whether {@code next} takes the place of {@code current}; if not, every reader ignores it. */
    boolean follows(V current, V next);

    /** The newest record counts. */
    static <V> Succession<V> newest() {
        return (_, _) -> true;
    }

    /**
     * Changes of {@code farshore.volumes} are compare-and-set by the log's own order. Who changes a
     * spec writes the version after the one it has read. Nobody can have read a version that does
     * not count yet, so of two changes of the same spec the first is higher than what counted, and
     * the second is not: it is ignored, and its writer told so ({@link CompactedView#isOverruled}).
     *
     * <p>Compaction keeps the newest record of a key, which may be an ignored one. A reader that
     * finds only that would believe it. Therefore
     *
     * <ul>
     *   <li>every running coordinator states what counts once more behind an ignored record ({@link
     *       CompactedView#overshadowed}): the newest record is then one that counts, for those who
     *       have read all as for those who have not;
     *   <li>compaction leaves records alone for a day ({@code min.compaction.lag.ms}), which is how
     *       long all coordinators would have to be away after such a record;
     *   <li>higher is enough, it need not be one more: readers who believe different records after
     *       that agree again with the next change of whoever has read the higher version.
     * </ul>
     *
     * <p>A record without a version, by a coordinator from before there were any, counts always.
     */
    static Succession<VolumeSpec> ofSpecs() {
        return (current, next) ->
                next.getVersion() == 0 || next.getVersion() > current.getVersion();
    }
}
