package dev.farshore.testkit.record;

import java.util.List;

/**
 * What an image must hold that has just applied a flush, for the sectors acknowledged since the
 * flush it was checked at before.
 *
 * <p>Sound for any number of writes in flight: a write acknowledged before the flush's marker was
 * sent stands before the FLUSH in the log, so nothing older may be found in its sectors; a write
 * sent after the flush was acknowledged stands after it, so it may not be found. Of a write in
 * between nothing is claimed.
 *
 * <p>Threading: one thread.
 */
public final class FlushExpectation {
    private final WriteRecord record;
    private final int marker;
    private final int newestPossible;
    private final SectorMap required = new SectorMap();

    /** Told of neighbouring sectors and the contents required of them. */
    public interface RunVisitor<X extends Exception> {
        /**
         * @param contents one a sector, none of them 0
         */
        void visit(long offset, int[] contents) throws X;
    }

    /**
     * @param newestPossible newest write that may be in the image
     */
    FlushExpectation(
            WriteRecord record, int marker, int newestPossible, List<RecordedWrite> before) {
        this.record = record;
        this.marker = marker;
        this.newestPossible = newestPossible;
        for (RecordedWrite write : before) {
            required.put(write.firstSector(), write.sectors(), write.content());
        }
    }

    /** Visits the sectors to check in ascending order. */
    public <X extends Exception> void forEachRun(RunVisitor<X> visitor) throws X {
        required.forEachRun(
                (firstSector, contents) ->
                        visitor.visit(firstSector * SectorStamp.SECTOR_BYTES, contents));
    }

    /**
     * Says whether an image may hold something in a sector.
     *
     * @param required the content required of it
     * @param found what {@link SectorStamp#inspect} said
     */
    public boolean allows(long offset, int required, int found) {
        int acknowledged = Math.abs(required);
        if (found == SectorStamp.OTHER) {
            return false;
        }
        if (found == SectorStamp.ZEROES) {
            return required < 0 || record.mayBeZeroed(offset, marker, acknowledged, newestPossible);
        }
        return found == required || found > acknowledged && found <= newestPossible;
    }

    /** Newest write that may be in the image. */
    public int newestPossible() {
        return newestPossible;
    }
}
