package dev.farshore.capture.journal;

import java.io.IOException;

/** Something that can be told to keep what it has accepted. Threading: any thread. */
@FunctionalInterface
public interface StableStorage {

    /**
     * Blocks until everything accepted before the call is stable.
     *
     * @throws IOException if that can't be promised
     */
    void force() throws IOException;
}
