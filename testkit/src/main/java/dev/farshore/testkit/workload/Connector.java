package dev.farshore.testkit.workload;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;

/** Connects to a volume wherever it is served, trying until it is. Threading: one thread. */
final class Connector {
    private static final Logger log = LoggerFactory.getLogger(Connector.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

    private final String vvol;
    private final VolumeEndpoints endpoints;
    private final WorkloadTimeouts patience;

    Connector(String vvol, VolumeEndpoints endpoints, WorkloadTimeouts patience) {
        this.vvol = vvol;
        this.endpoints = endpoints;
        this.patience = patience;
    }

    NbdClient connect(int slots) throws WorkloadException, InterruptedException {
        long deadlineNs = System.nanoTime() + patience.reconnect().toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                NbdUri uri = endpoints.locate(vvol);
                NbdClient client = NbdClient.connect(uri, patience.connect(), slots);
                log.atInfo().addKeyValue("vvol", vvol).addKeyValue("uri", uri).log("connected");
                return client;
            } catch (IOException e) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new WorkloadException(
                            "%s could not be reached for %.1f s: %s"
                                    .formatted(
                                            vvol,
                                            patience.reconnect().toMillis() / 1e3,
                                            e.getMessage()),
                            e);
                }
                log.atDebug().addKeyValue("vvol", vvol).log("not served: {}", e.getMessage());
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
            if (pause.compareTo(LONGEST_PAUSE) > 0) {
                pause = LONGEST_PAUSE;
            }
        }
    }
}
