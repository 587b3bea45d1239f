package dev.farshore.testkit.verify;

import dev.farshore.testkit.record.ByteRange;
import dev.farshore.testkit.record.RecordedWrite;
import dev.farshore.testkit.record.SectorStamp;
import dev.farshore.testkit.record.WriteRecord;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the images of one volume with each other and with the workload's record, byte for byte.
 * Only where the record or an image has something is read, so a sparse volume of any size takes as
 * long as its data.
 *
 * <p>For volumes at rest: the workload has ended, and every image has applied the whole log. A
 * write whose fate is unknown may be there or not, but the same in all images.
 *
 * <p>Threading: one use by one thread.
 */
public final class ImageVerifier {
    private static final int CHUNK_BYTES = 256 << 10;
    private static final String WHEN = "comparison of the images";

    private final WriteRecord record;
    private final List<Image> images = new ArrayList<>();
    private final List<RecordedWrite> unknown;
    private final Set<Integer> lostWrites = new HashSet<>();
    private final ImageVerification.Differences differences = new ImageVerification.Differences();
    private long wrongSectors;
    private long comparedBytes;

    /** End of the last chunk compared; chunks begin at multiples of their size. */
    private long comparedTo;

    private boolean identical = true;

    private record Image(String site, FileChannel file, ByteBuffer chunk) {}

    private ImageVerifier(WriteRecord record) {
        this.record = record;
        this.unknown = record.inFlight();
    }

    /**
     * @param images of the volume, by site
     */
    public static ImageVerification verify(WriteRecord record, Map<String, Path> images)
            throws IOException {
        ImageVerifier verifier = new ImageVerifier(record);
        try {
            return verifier.run(images);
        } finally {
            for (Image image : verifier.images) {
                image.file.close();
            }
        }
    }

    private ImageVerification run(Map<String, Path> paths) throws IOException {
        List<ByteRange> ranges = new ArrayList<>(record.touched());
        for (Map.Entry<String, Path> entry : paths.entrySet()) {
            FileChannel file = FileChannel.open(entry.getValue(), StandardOpenOption.READ);
            Image image = new Image(entry.getKey(), file, ByteBuffer.allocateDirect(CHUNK_BYTES));
            images.add(image);
            checkSize(image);
            ranges.addAll(SparseFile.dataRanges(entry.getValue()));
        }
        for (ByteRange range : ByteRange.union(ranges)) {
            long start = range.offset() / CHUNK_BYTES * CHUNK_BYTES;
            long end = Math.min(range.end(), record.sizeBytes());
            for (long offset = Math.max(start, comparedTo); offset < end; offset += CHUNK_BYTES) {
                long length = Math.min(CHUNK_BYTES, record.sizeBytes() - offset);
                compare(offset, (int) length);
                comparedTo = offset + length;
            }
        }
        return new ImageVerification(
                record.vvol(),
                lostWrites.size(),
                wrongSectors,
                identical,
                comparedBytes,
                differences.kept());
    }

    private void checkSize(Image image) throws IOException {
        if (image.file.size() != record.sizeBytes()) {
            identical = false;
            differences.add(
                    new Difference(
                            record.vvol(),
                            image.site,
                            Math.min(image.file.size(), record.sizeBytes()),
                            "an image of %d bytes".formatted(record.sizeBytes()),
                            "one of %d bytes".formatted(image.file.size()),
                            WHEN));
        }
    }

    private void compare(long offset, int length) throws IOException {
        int[] contents = record.contents(offset, length);
        Image first = images.getFirst();
        for (Image image : images) {
            read(image, offset, length);
            checkAgainstRecord(image, offset, contents);
            if (!image.chunk.equals(first.chunk)) {
                identical = false;
                reportMismatch(first, image, offset);
            }
        }
        comparedBytes += length;
    }

    private void checkAgainstRecord(Image image, long offset, int[] contents) {
        for (int sector = 0; sector < contents.length; sector++) {
            int at = sector * SectorStamp.SECTOR_BYTES;
            int expected = contents[sector];
            int found = SectorStamp.inspect(image.chunk, at, record.volume(), offset + at);
            if (found == Math.max(expected, 0) || isOfUnknownFate(offset + at, found)) {
                continue;
            }
            wrongSectors++;
            if (expected != 0) {
                lostWrites.add(Math.abs(expected));
            }
            differences.add(
                    new Difference(
                            record.vvol(),
                            image.site,
                            offset + at,
                            SectorStamp.describe(expected),
                            SectorStamp.describe(image.chunk, at, record.volume(), offset + at),
                            WHEN));
        }
    }

    private boolean isOfUnknownFate(long sectorOffset, int found) {
        return unknown.stream()
                .anyMatch(
                        write ->
                                write.covers(sectorOffset)
                                        && found == (write.isZero() ? 0 : write.number()));
    }

    private void reportMismatch(Image first, Image other, long offset) {
        int at = first.chunk.mismatch(other.chunk);
        int sector = at / SectorStamp.SECTOR_BYTES * SectorStamp.SECTOR_BYTES;
        long sectorOffset = offset + sector;
        differences.add(
                new Difference(
                        record.vvol(),
                        other.site,
                        sectorOffset,
                        "what site %s has: %s"
                                .formatted(
                                        first.site,
                                        SectorStamp.describe(
                                                first.chunk,
                                                sector,
                                                record.volume(),
                                                sectorOffset)),
                        SectorStamp.describe(other.chunk, sector, record.volume(), sectorOffset),
                        WHEN));
    }

    /** Reads a chunk; what is beyond the end of the file reads as zeroes. */
    private static void read(Image image, long offset, int length) throws IOException {
        ByteBuffer chunk = image.chunk.clear().limit(length);
        while (chunk.hasRemaining()) {
            if (image.file.read(chunk, offset + chunk.position()) < 0) {
                while (chunk.hasRemaining()) {
                    chunk.put((byte) 0);
                }
            }
        }
        chunk.flip();
    }
}
