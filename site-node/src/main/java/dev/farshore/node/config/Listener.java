package dev.farshore.node.config;

import dev.farshore.nbd.TlsPolicy;
import dev.farshore.process.config.HostPort;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where an NBD server listens. */
public sealed interface Listener {
    String RULE = "tcp://HOST:PORT (PORT 0 for a free one) or unix:///PATH";

    /**
     * @param port 0 for a free one
     */
    record Tcp(String host, int port) implements Listener {
        @Override
        public SocketAddress address() {
            return new InetSocketAddress(host, port);
        }

        @Override
        public String toString() {
            return "tcp://" + HostPort.of(host, port);
        }
    }

    record Unix(Path path) implements Listener {
        /** Longest path the system takes as a socket's address, less the zero at its end. */
        static final int MAX_PATH_BYTES = 107;

        @Override
        public SocketAddress address() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "unix://" + path;
        }
    }

    /** A listener whose clients may or must use TLS. */
    record Secured(Listener plain, TlsPolicy tls) implements Listener {
        @Override
        public SocketAddress address() {
            return plain.address();
        }

        @Override
        public String toString() {
            return plain + " with TLS";
        }
    }

    /** To bind to. */
    SocketAddress address();

    /** Whether clients use TLS. */
    default TlsPolicy tls() {
        return TlsPolicy.OFF;
    }

    /**
     * @throws IllegalArgumentException if {@code text} is none; the message says what is
     */
    static Listener parse(String text) {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(problem(text), e);
        }
        if ("tcp".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() >= 0) {
            if (uri.getPort() > 65_535 || !uri.getPath().isEmpty()) {
                throw new IllegalArgumentException(problem(text));
            }
            return new Tcp(uri.getHost(), uri.getPort());
        }
        if ("unix".equals(uri.getScheme())
                && uri.getHost() == null
                && uri.getPath() != null
                && uri.getPath().length() > 1) {
            int pathBytes = uri.getPath().getBytes(StandardCharsets.UTF_8).length;
            if (pathBytes > Unix.MAX_PATH_BYTES) {
                throw new IllegalArgumentException(
                        "'%s' is too long for a socket: %d bytes; allowed: %d"
                                .formatted(uri.getPath(), pathBytes, Unix.MAX_PATH_BYTES));
            }
            return new Unix(Path.of(uri.getPath()));
        }
        throw new IllegalArgumentException(problem(text));
    }

    private static String problem(String text) {
        return "'%s' is no listener; allowed: %s".formatted(text, RULE);
    }
}
