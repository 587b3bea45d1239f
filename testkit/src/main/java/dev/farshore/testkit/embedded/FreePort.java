package dev.farshore.testkit.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds loopback ports nobody listens on.
 *
 * <p>They come from below the range from which the system takes the ports of outgoing connections:
 * one of those could take the port of a broker while it is down, and it would not come back.
 */
public final class FreePort {
    private static final int FIRST = 20_000;
    private static final int END = 32_000;
    private static final int ATTEMPTS = 200;

    private FreePort() {}

    /** Returns {@code wanted} itself unless it is 0. */
    static int orElse(int wanted) throws IOException {
        return wanted == 0 ? find() : wanted;
    }

    /** Returns another one each time, most likely. */
    public static int find() throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException(
                "no free port on 127.0.0.1 between %d and %d in %d attempts"
                        .formatted(FIRST, END, ATTEMPTS));
    }

    static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
