package dev.farshore.testkit.record;

/**
 * A write of the workload.
 *
 * @param number 1, 2, 3 … in the volume, in the order of sending
 * @param isZero whether it made zeroes of the range: a trim or a write of zeroes
 */
public record RecordedWrite(int number, long offset, long length, boolean isZero) {

    /** The number its sectors have in a {@link WriteRecord}. */
    int content() {
        return isZero ? -number : number;
    }

    long firstSector() {
        return offset / SectorStamp.SECTOR_BYTES;
    }

    long sectors() {
        return length / SectorStamp.SECTOR_BYTES;
    }

    public boolean covers(long sectorOffset) {
        return offset <= sectorOffset && sectorOffset < offset + length;
    }
}
