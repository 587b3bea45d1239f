package dev.farshore.testkit.workload;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.nbd.client.NbdUri;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The connection to a volume, wherever it is served. A lost one is replaced, trying until the
 * volume is served again.
 *
 * <p>Threading: one thread, but {@link #shutsDown} any.
 */
final class VolumeConnection {
    private static final Logger log = LoggerFactory.getLogger(VolumeConnection.class);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);
    private static final Duration SHUTDOWN_PAUSE = Duration.ofMillis(10);

    private final String vvol;
    private final int slots;
    private final VolumeEndpoints endpoints;
    private final WorkloadTimeouts timeouts;
    private final VolumeStats stats;
    private final LongSupplier nanoClock;

    /** The server answered that it will serve no more on this connection. */
    private volatile boolean isShutdown;

    private @Nullable NbdClient client;

    /**
     * @param slots most requests in flight
     * @param stats told of each connection
     */
    VolumeConnection(
            String vvol,
            int slots,
            VolumeEndpoints endpoints,
            WorkloadTimeouts timeouts,
            VolumeStats stats,
            LongSupplier nanoClock) {
        this.vvol = vvol;
        this.slots = slots;
        this.endpoints = endpoints;
        this.timeouts = timeouts;
        this.stats = stats;
        this.nanoClock = nanoClock;
    }

    /** The server says that it will serve no more on this connection. */
    void shutsDown() {
        isShutdown = true;
    }

    /** Returns a connected client, if need be a new one. */
    NbdClient client() throws WorkloadException, InterruptedException {
        NbdClient current = client;
        if (current != null && takeShutdown()) {
            current.abort("dropped: the server is shutting down");
            // It may still accept connections: no reason to ask it in a tight loop.
            Thread.sleep(SHUTDOWN_PAUSE);
        }
        if (current == null || !current.isConnected()) {
            current = connect();
            client = current;
            stats.connected();
        }
        return current;
    }

    private boolean takeShutdown() {
        boolean taken = isShutdown;
        isShutdown = false;
        return taken;
    }

    private NbdClient connect() throws WorkloadException, InterruptedException {
        long deadlineNs = nanoClock.getAsLong() + timeouts.reconnect().toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                NbdUri uri = endpoints.locate(vvol);
                NbdClient connected = NbdClient.connect(uri, timeouts.connect(), slots);
                log.atInfo().addKeyValue("vvol", vvol).addKeyValue("uri", uri).log("connected");
                return connected;
            } catch (IOException e) {
                if (nanoClock.getAsLong() - deadlineNs > 0) {
                    throw new WorkloadException(
                            "%s could not be reached for %.1f s: %s"
                                    .formatted(
                                            vvol,
                                            timeouts.reconnect().toMillis() / 1e3,
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

    void abort(String reason) {
        if (client != null) {
            client.abort(reason);
        }
    }
}
