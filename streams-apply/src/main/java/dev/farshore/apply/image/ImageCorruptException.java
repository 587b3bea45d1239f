package dev.farshore.apply.image;

import java.io.IOException;

/** An image, its superblock or an event for it that can't be trusted; the volume stops. */
public final class ImageCorruptException extends IOException {
    private static final long serialVersionUID = 1L;

    public ImageCorruptException(String message) {
        super(message);
    }
}
