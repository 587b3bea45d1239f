package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.log.EventHeader;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;

/** Opens and closes the image of one replica. Threading: with the replica's lock. */
final class ImageOpener {
    private static final Logger LOG = LoggerFactory.getLogger(ImageOpener.class);

    private final String vvol;
    private final int partition;
    private final ApplySettings settings;

    ImageOpener(String vvol, int partition, ApplySettings settings) {
        this.vvol = vvol;
        this.partition = partition;
        this.settings = settings;
    }

    /** Whether there is an image, or part of one. */
    boolean exists() {
        return Image.exists(settings.directory(), vvol);
    }

    /** Where its data is. */
    Path dataPath() {
        return Image.dataPath(settings.directory(), vvol);
    }

    /** The image at its hardened position, or a new one. */
    Image open() throws IOException {
        return Image.open(settings.directory(), vvol, partition, settings.windowEvents());
    }

    /** An empty image at a {@code SEED_STARTED}; what there was, and is closed, is thrown away. */
    Image beginAt(EventHeader started, long offset) throws IOException {
        return Image.beginAt(
                settings.directory(), partition, settings.windowEvents(), started, offset);
    }

    /** One that is being hardened is not closed before that is done. */
    void close(@Nullable Image image) {
        if (image == null) {
            return;
        }
        try {
            image.close();
        } catch (IOException e) {
            // What was hardened is stable; what was not will be applied again.
            LOG.atWarn().addKeyValue("vvol", vvol).setCause(e).log("Closing the image failed");
        }
    }
}
