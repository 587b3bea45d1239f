package dev.farshore.capture.seed;

import java.io.IOException;

/** A seed that can't be begun; nothing was changed, and trying again won't help. */
public final class SeedRefusedException extends IOException {
    private static final long serialVersionUID = 1;

    public SeedRefusedException(String reason) {
        super(reason);
    }
}
