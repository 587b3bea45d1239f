package dev.farshore.testkit.record;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a workload knows of one volume: which write each sector must hold, which writes are in
 * flight, and what had been acknowledged before each flush.
 *
 * <p>The workload never has two writes in flight that overlap, and sends a write again under its
 * number when a connection is lost. So the writes of any one sector are ordered by their numbers,
 * and once a write is acknowledged nothing older may be found there.
 *
 * <p>A sector's <em>content</em> is a number: n for the data of write n, -n for the zeroes that
 * write n made, 0 for never written.
 *
 * <p>Threading: any thread; the record's monitor guards everything.
 */
public final class WriteRecord {
    private final String vvol;
    private final int volume;
    private final long sizeBytes;

    private final SectorMap acknowledged = new SectorMap();
    private final Map<Integer, RecordedWrite> inFlight = new LinkedHashMap<>();
    private final FlushHistory flushes = new FlushHistory();
    private int issued;

    /**
     * @param volume number of the volume in the payloads
     * @param sizeBytes the last sector of it is the marker sector, see {@link #beginFlush}
     */
    public WriteRecord(String vvol, int volume, long sizeBytes) {
        if (sizeBytes <= SectorStamp.SECTOR_BYTES || sizeBytes % SectorStamp.SECTOR_BYTES != 0) {
            throw new IllegalArgumentException(
                    "size of %s: %d is no larger multiple of %d"
                            .formatted(vvol, sizeBytes, SectorStamp.SECTOR_BYTES));
        }
        this.vvol = vvol;
        this.volume = volume;
        this.sizeBytes = sizeBytes;
    }

    public String vvol() {
        return vvol;
    }

    public int volume() {
        return volume;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** Offset of the sector that says which flush comes next. */
    public long markerOffset() {
        return sizeBytes - SectorStamp.SECTOR_BYTES;
    }

    /** A write is about to be sent. */
    public synchronized RecordedWrite begin(long offset, long length, boolean isZero) {
        requireSectors(offset, length);
        if (issued == Integer.MAX_VALUE) {
            throw new IllegalStateException("no write numbers left for " + vvol);
        }
        RecordedWrite write = new RecordedWrite(++issued, offset, length, isZero);
        inFlight.put(write.number(), write);
        return write;
    }

    /** A write has been acknowledged. */
    public synchronized void acknowledge(RecordedWrite write) {
        if (inFlight.remove(write.number()) == null) {
            throw new IllegalArgumentException("not in flight on %s: %s".formatted(vvol, write));
        }
        acknowledged.put(write.firstSector(), write.sectors(), write.content());
        flushes.acknowledge(write);
    }

    /**
     * A flush is about to be sent: gives the write to the marker sector that has to be acknowledged
     * before. With it every FLUSH in the volume's log can be told by the image's content alone: it
     * belongs to the flush whose marker the image holds, also when it was sent twice, or when
     * somebody else flushed in between.
     */
    public synchronized RecordedWrite beginFlush() {
        RecordedWrite marker = begin(markerOffset(), SectorStamp.SECTOR_BYTES, false);
        flushes.add(marker.number());
        return marker;
    }

    /** The flush announced by {@code marker} has been acknowledged. */
    public synchronized void acknowledgeFlush(RecordedWrite marker) {
        flushes.complete(marker.number(), issued);
    }

    /** Flushes acknowledged. */
    public synchronized int flushPoints() {
        return flushes.completed();
    }

    /** Number of the newest write sent. */
    public synchronized int issued() {
        return issued;
    }

    /** Contents of whole sectors from {@code offset} on, as acknowledged. */
    public int[] contents(long offset, long length) {
        requireSectors(offset, length);
        int[] contents = new int[Math.toIntExact(length / SectorStamp.SECTOR_BYTES)];
        synchronized (this) {
            acknowledged.copy(offset / SectorStamp.SECTOR_BYTES, contents);
        }
        return contents;
    }

    /** Writes whose fate is unknown, oldest first. */
    public synchronized List<RecordedWrite> inFlight() {
        return new ArrayList<>(inFlight.values());
    }

    /** Where anything was ever written: all of it lies in these ranges, which are rounded. */
    public synchronized List<ByteRange> touched() {
        return acknowledged.touched();
    }

    /**
     * What an image that has just applied a FLUSH must hold.
     *
     * @param marker the write number found in the image's marker sector
     * @param afterMarker the marker up to which the image was checked before; 0 for none
     * @return null if the marker is of no flush that is still remembered
     */
    public synchronized @Nullable FlushExpectation expectAt(int marker, int afterMarker) {
        return flushes.expectAt(this, marker, afterMarker, issued);
    }

    /** No image will be checked at this flush or an older one any more. */
    public synchronized void forgetFlushes(int upToMarker) {
        flushes.forget(upToMarker);
    }

    /**
     * Whether a write with a number above {@code after} and up to {@code upTo} may have made zeroes
     * of a sector, and was not yet acknowledged when {@code marker} was sent.
     */
    synchronized boolean mayBeZeroed(long sectorOffset, int marker, int after, int upTo) {
        return inFlight.values().stream().anyMatch(w -> zeroes(w, sectorOffset, after, upTo))
                || flushes.acknowledgedSince(marker)
                        .anyMatch(w -> zeroes(w, sectorOffset, after, upTo));
    }

    private static boolean zeroes(RecordedWrite write, long sectorOffset, int after, int upTo) {
        return write.isZero()
                && after < write.number()
                && write.number() <= upTo
                && write.covers(sectorOffset);
    }

    private void requireSectors(long offset, long length) {
        if (offset < 0
                || length <= 0
                || offset > sizeBytes - length
                || offset % SectorStamp.SECTOR_BYTES != 0
                || length % SectorStamp.SECTOR_BYTES != 0) {
            throw new IllegalArgumentException(
                    "%d bytes at %d are not sectors of %s (%d bytes)"
                            .formatted(length, offset, vvol, sizeBytes));
        }
    }
}
