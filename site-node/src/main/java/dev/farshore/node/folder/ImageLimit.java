package dev.farshore.node.folder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongPredicate;

/**
 * Finds the longest file that the file system of the image folder allows, however much of it is
 * free: it extends a sparse file, which takes no room, and removes it. (Without sparse files, as in
 * exFAT, the limit is the free space.)
 *
 * <p>With images elsewhere ({@code images.volumes}) the limit is unknown: it differs by volume, and
 * reports have one limit for the node.
 */
final class ImageLimit {
    private static final Logger log = LoggerFactory.getLogger(ImageLimit.class);

    /** No volume has this name. */
    static final String FILE_NAME = ".longest-image";

    static final long UNKNOWN = 0;

    /** Sizes of volumes are multiples of it. */
    private static final long SECTOR_BYTES = 512;

    private static final long HIGHEST_BYTES = 1L << 62;

    private ImageLimit() {}

    /** The longest image in bytes; {@link #UNKNOWN} if it can't be told. */
    static long of(Path imageDirectory) {
        try {
            return leadsElsewhere(imageDirectory) ? UNKNOWN : tryOut(imageDirectory);
        } catch (IOException | UncheckedIOException e) {
            log.atWarn()
                    .addKeyValue("folder", imageDirectory)
                    .setCause(e)
                    .log("how long an image can be is not known");
            return UNKNOWN;
        }
    }

    private static boolean leadsElsewhere(Path imageDirectory) throws IOException {
        try (DirectoryStream<Path> links =
                Files.newDirectoryStream(imageDirectory, Files::isSymbolicLink)) {
            return links.iterator().hasNext();
        }
    }

    private static long tryOut(Path imageDirectory) throws IOException {
        Path path = imageDirectory.resolve(FILE_NAME);
        Files.deleteIfExists(path); // of a process that was killed here
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            return longest(bytes -> canBe(file, bytes));
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static boolean canBe(RandomAccessFile file, long bytes) {
        try {
            file.setLength(bytes);
            return true;
        } catch (IOException e) {
            return false; // too long; or no image could be made so long for another cause
        }
    }

    /**
     * The greatest multiple of a sector that can be, up to 2^62; 0 if none can.
     *
     * @param canBe true up to some length, false from there on
     */
    static long longest(LongPredicate canBe) {
        long longest = 0;
        // From above: the first lengths tried use up nothing.
        for (long step = HIGHEST_BYTES; step >= SECTOR_BYTES; step >>= 1) {
            if (step <= HIGHEST_BYTES - longest && canBe.test(longest + step)) {
                longest += step;
            }
        }
        return longest;
    }
}
