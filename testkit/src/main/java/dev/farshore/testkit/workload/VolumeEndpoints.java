package dev.farshore.testkit.workload;

import dev.farshore.nbd.client.NbdUri;

import java.io.IOException;

/** Knows where a volume is served now. Threading: any thread. */
@FunctionalInterface
public interface VolumeEndpoints {
    /**
     * @throws IOException if nobody serves it at the moment; it will be asked again
     */
    NbdUri locate(String vvol) throws IOException;
}
