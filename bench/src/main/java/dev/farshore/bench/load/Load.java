package dev.farshore.bench.load;

import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;

/** Drives a server. */
public interface Load {
    /**
     * @throws IOException if a request failed: a figure that hides errors is none
     */
    LoadResult run(NbdUri uri, LoadSpec spec) throws IOException, InterruptedException;

    /** As reports call it. */
    String name();

    /** fio, which knows nothing of us, where it is installed with its NBD engine; else our own. */
    static Load best() throws IOException, InterruptedException {
        return FioLoad.isInstalled() ? new FioLoad() : new ClientLoad();
    }
}
