package dev.farshore.node;

import dev.farshore.process.config.HostPort;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;

/** Where clients find a volume, as an NBD URI. */
final class Endpoints {
    private Endpoints() {}

    /**
     * The first TCP address, as it reaches furthest; else the first Unix socket.
     *
     * @param host under which others reach this machine
     */
    static String uri(List<SocketAddress> addresses, String host, String vvol) {
        String unix = "";
        for (SocketAddress address : addresses) {
            if (address instanceof InetSocketAddress tcp) {
                return "nbd://" + HostPort.of(host, tcp.getPort()) + "/" + vvol;
            }
            if (address instanceof UnixDomainSocketAddress socket && unix.isEmpty()) {
                unix = "nbd+unix:///" + vvol + "?socket=" + socket.getPath();
            }
        }
        return unix;
    }
}
