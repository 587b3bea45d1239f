package dev.farshore.cli;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * The native libraries of Kafka's codecs and of RocksDB unpack themselves into the temporary folder
 * and remove that file when the process ends in order: a killed one leaves it, each time another.
 *
 * <p>Removing one that a running process has loaded does no harm, as the process keeps the file's
 * content; only between unpacking and loading it needs the name. So those go that are older than
 * that can take.
 */
public final class LeftLibraries {
    private static final Logger log = LoggerFactory.getLogger(LeftLibraries.class);
    private static final Duration SURELY_LOADED = Duration.ofMinutes(10);
    private static final Pattern NAME =
            Pattern.compile(
                    "(liblz4-java-|libzstd-jni-|librocksdbjni|snappy-[0-9.]+-)[^/]*\\.so(\\.lck)?");

    private LeftLibraries() {}

    /**
     * @param folder the temporary folder
     */
    public static void remove(Path folder, Instant now) {
        int removed = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        folder, file -> NAME.matcher(file.getFileName().toString()).matches())) {
            for (Path file : files) {
                if (isOld(file, now) && Files.deleteIfExists(file)) {
                    removed++;
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Another user's, or another process was faster: it costs room, and no more.
            log.atDebug().addKeyValue("folder", folder).setCause(e).log("left libraries stay");
        }
        if (removed > 0) {
            log.atDebug()
                    .addKeyValue("folder", folder)
                    .addKeyValue("files", removed)
                    .log("removed native libraries that killed processes have left");
        }
    }

    private static boolean isOld(Path file, Instant now) throws IOException {
        return Files.isRegularFile(file)
                && Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(SURELY_LOADED))
                && Files.isWritable(file);
    }
}
