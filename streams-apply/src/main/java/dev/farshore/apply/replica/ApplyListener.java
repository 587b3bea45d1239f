package dev.farshore.apply.replica;

import dev.farshore.apply.image.Image;
import dev.farshore.schemas.log.LogCursor;

/** Told of each FLUSH, on the applying thread. */
public interface ApplyListener {
    /** Hears nothing. */
    ApplyListener NONE = (vvol, cursor, image) -> {};

    /**
     * A FLUSH was applied and nothing newer of that volume is yet: as long as this runs, the image
     * is exactly the volume as it was at the flush.
     */
    void onFlush(String vvol, LogCursor cursor, Image image);
}
