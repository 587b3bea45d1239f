package dev.farshore.capture.journal;

import java.io.IOException;

/** Storage that can be told to make what it has accepted stable. Threading: any thread. */
@FunctionalInterface
public interface StableStorage {

    /**
     * Blocks until everything accepted before the call is stable.
     *
     * @throws IOException if that can't be promised
     */
    void force() throws IOException;
}
