package dev.farshore.tests.crash;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.testkit.record.ByteRange;
import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;
import dev.farshore.testkit.verify.Difference;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads a volume through NBD and compares it with the record of one of its clients. */
final class ReadBack {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int MAX_DIFFERENCES = 10;

    private ReadBack() {}

    /**
     * The sectors that hold neither what was acknowledged nor a write whose fate is unknown. The
     * client sends nothing meanwhile; answers that it has received may still become known to it.
     */
    static List<Difference> differences(WriteRecord record, NbdClient client) throws IOException {
        // Before the contents: a write acknowledged in between is then among both, never in none.
        List<RecordedWrite> unknown = record.inFlight();
        List<Difference> differences = new ArrayList<>();
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        for (ByteRange range : record.touched()) {
            long end = Math.min(range.end(), record.sizeBytes());
            for (long offset = range.offset(); offset < end; offset += CHUNK_BYTES) {
                int length = (int) Math.min(CHUNK_BYTES, end - offset);
                client.read(offset, chunk.clear().limit(length)).join();
                compare(record, unknown, offset, length, chunk, differences);
            }
        }
        return differences;
    }

    private static void compare(
            WriteRecord record,
            List<RecordedWrite> unknown,
            long offset,
            int length,
            ByteBuffer chunk,
            List<Difference> differences) {
        int[] contents = record.contents(offset, length);
        for (int sector = 0; sector < contents.length; sector++) {
            int at = sector * SectorStamp.SECTOR_BYTES;
            long sectorOffset = offset + at;
            int found = SectorStamp.inspect(chunk, at, record.volume(), sectorOffset);
            boolean isExpected =
                    found == Math.max(contents[sector], 0)
                            || unknown.stream()
                                    .anyMatch(
                                            write ->
                                                    write.covers(sectorOffset)
                                                            && found
                                                                    == (write.isZero()
                                                                            ? 0
                                                                            : write.number()));
            if (!isExpected && differences.size() < MAX_DIFFERENCES) {
                differences.add(
                        new Difference(
                                record.vvol(),
                                "",
                                sectorOffset,
                                SectorStamp.describe(contents[sector]),
                                SectorStamp.describe(chunk, at, record.volume(), sectorOffset),
                                "read back by client " + record.volume()));
            }
        }
    }
}
