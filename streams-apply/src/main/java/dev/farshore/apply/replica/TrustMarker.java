package dev.farshore.apply.replica;

import dev.farshore.apply.image.VolumeNames;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file {@code <vvol>.trust} beside an image, made by an operator: the image counts although the
 * log does not have its newest event.
 */
final class TrustMarker {
    private static final Logger LOG = LoggerFactory.getLogger(TrustMarker.class);
    private static final String SUFFIX = ".trust";

    private TrustMarker() {}

    /** Whether there is one. It is removed: it counts once. */
    static boolean take(Path directory, String vvol) {
        Path marker = directory.resolve(vvol + SUFFIX);
        try {
            return VolumeNames.isSafeFileName(vvol) && Files.deleteIfExists(marker);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("vvol", vvol).setCause(e).log("{} can't be removed", marker);
            return false;
        }
    }
}
