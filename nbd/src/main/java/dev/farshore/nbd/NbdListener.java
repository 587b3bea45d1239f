package dev.farshore.nbd;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a server listens.
 *
 * @param address a TCP address (port 0: any free one) or the path of a Unix socket
 */
public record NbdListener(SocketAddress address, TlsPolicy tls) {
    public NbdListener {
        Objects.requireNonNull(tls, "tls");
        if (!(address instanceof InetSocketAddress || address instanceof UnixDomainSocketAddress)) {
            throw new IllegalArgumentException(
                    "NBD listens on TCP addresses and Unix sockets, not on " + address);
        }
        if (address instanceof InetSocketAddress tcp && tcp.isUnresolved()) {
            throw new IllegalArgumentException("no such host: " + tcp.getHostString());
        }
    }

    public static NbdListener tcp(String host, int port) {
        return new NbdListener(new InetSocketAddress(host, port), TlsPolicy.OFF);
    }

    public static NbdListener unix(Path path) {
        return new NbdListener(UnixDomainSocketAddress.of(path), TlsPolicy.OFF);
    }

    public NbdListener withTls(TlsPolicy policy) {
        return new NbdListener(address, policy);
    }
}
