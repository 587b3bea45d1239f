package dev.farshore.testkit.verify;

import dev.farshore.testkit.record.FlushExpectation;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks every image at every flush of the workload: all writes acknowledged before it must be
 * there, and none sent after it was acknowledged.
 *
 * <p>Which flush a FLUSH of the log is, the image itself says: before each flush the workload
 * writes a marker sector and waits for it ({@link WriteRecord#beginFlush}). A FLUSH sent again
 * after a lost connection, or sent by somebody else, finds the same marker and is held to the same
 * claim, which is true for it too. A flush after which a site was not asked (it restored the image
 * in one go) is made up for at the next: the writes of both are checked then.
 *
 * <p>Only sectors written since the last check of that image are read, so a check costs about what
 * applying cost. An event applied again after a restart is ignored: the image may be ahead of it.
 *
 * <p>Threading: any thread, at any time while the workload runs; one thread at a time for one
 * volume at one site.
 */
public final class FlushPointChecker implements FlushListener {
    private static final int BUFFER_BYTES = 256 << 10;

    private final Map<String, WriteRecord> records;
    private final Map<String, Map<String, Replica>> replicas;
    private final ImageVerification.Differences differences = new ImageVerification.Differences();
    private long wrongSectors;

    /** How far one image has been checked. Written under its monitor, read without. */
    private static final class Replica {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        private volatile long seq;
        private volatile int marker;
        private volatile long checked;
    }

    /**
     * @param sites whose images will be checked; what the slowest needs is remembered
     */
    public FlushPointChecker(List<WriteRecord> records, Set<String> sites) {
        this.records = new ConcurrentHashMap<>();
        this.replicas = new ConcurrentHashMap<>();
        for (WriteRecord record : records) {
            this.records.put(record.vvol(), record);
            Map<String, Replica> ofSites = new TreeMap<>();
            sites.forEach(site -> ofSites.put(site, new Replica()));
            replicas.put(record.vvol(), ofSites);
        }
    }

    @Override
    public void flushApplied(String site, String vvol, long seq, ImageReader image) {
        WriteRecord record = records.get(vvol);
        Map<String, Replica> ofSites = replicas.get(vvol);
        Replica replica = ofSites == null ? null : ofSites.get(site);
        if (record == null || ofSites == null || replica == null) {
            return;
        }
        synchronized (replica) {
            if (seq <= replica.seq) {
                return;
            }
            replica.seq = seq;
            try {
                check(record, replica, site, image);
            } catch (IOException e) {
                add(
                        new Difference(
                                vvol,
                                site,
                                0,
                                "a readable image",
                                e.toString(),
                                "FLUSH with seq " + seq));
            }
        }
        record.forgetFlushes(slowestMarker(ofSites));
    }

    /** Checks done, over all volumes and sites; flushes without a marker are none. */
    public long checked() {
        return replicas.values().stream()
                .flatMap(ofSites -> ofSites.values().stream())
                .mapToLong(replica -> replica.checked)
                .sum();
    }

    /** Checks done of the images of one site. */
    public long checked(String site) {
        return replicas.values().stream()
                .map(ofSites -> ofSites.get(site))
                .mapToLong(replica -> replica == null ? 0 : replica.checked)
                .sum();
    }

    public synchronized long wrongSectors() {
        return wrongSectors;
    }

    /** The first differences found. */
    public synchronized List<Difference> differences() {
        return new ArrayList<>(differences.kept());
    }

    private void check(WriteRecord record, Replica replica, String site, ImageReader image)
            throws IOException {
        int marker = readMarker(record, replica, image);
        String when = "FLUSH with seq %d".formatted(replica.seq);
        if (marker == replica.marker) {
            // Sent again, or by somebody else: the same claim as before. No marker yet: no claim.
            return;
        }
        if (marker < replica.marker) {
            String found =
                    SectorStamp.describe(replica.buffer, 0, record.volume(), record.markerOffset());
            add(
                    new Difference(
                            record.vvol(),
                            site,
                            record.markerOffset(),
                            "write %d or a newer marker".formatted(replica.marker),
                            found,
                            when));
            return;
        }
        FlushExpectation expectation = record.expectAt(marker, replica.marker);
        replica.marker = marker;
        if (expectation == null) {
            // So far behind that it was forgotten: not checked, and not counted as such.
            return;
        }
        expectation.forEachRun(
                (offset, required) ->
                        checkRun(
                                record, site, image, replica, expectation, offset, required, when));
        replica.checked = replica.checked + 1;
    }

    private static int readMarker(WriteRecord record, Replica replica, ImageReader image)
            throws IOException {
        ByteBuffer sector = replica.buffer.clear().limit(SectorStamp.SECTOR_BYTES);
        image.read(record.markerOffset(), sector);
        return SectorStamp.inspect(sector, 0, record.volume(), record.markerOffset());
    }

    private void checkRun(
            WriteRecord record,
            String site,
            ImageReader image,
            Replica replica,
            FlushExpectation expectation,
            long offset,
            int[] required,
            String when)
            throws IOException {
        ByteBuffer run = replica.buffer.clear().limit(required.length * SectorStamp.SECTOR_BYTES);
        image.read(offset, run);
        for (int sector = 0; sector < required.length; sector++) {
            int at = sector * SectorStamp.SECTOR_BYTES;
            int found = SectorStamp.inspect(run, at, record.volume(), offset + at);
            if (!expectation.allows(offset + at, required[sector], found)) {
                add(
                        new Difference(
                                record.vvol(),
                                site,
                                offset + at,
                                "%s, or newer up to write %d"
                                        .formatted(
                                                SectorStamp.describe(required[sector]),
                                                expectation.newestPossible()),
                                SectorStamp.describe(run, at, record.volume(), offset + at),
                                when));
            }
        }
    }

    private synchronized void add(Difference difference) {
        wrongSectors++;
        differences.add(difference);
    }

    private static int slowestMarker(Map<String, Replica> ofSites) {
        int slowest = Integer.MAX_VALUE;
        for (Replica replica : ofSites.values()) {
            slowest = Math.min(slowest, replica.marker);
        }
        return slowest;
    }
}
