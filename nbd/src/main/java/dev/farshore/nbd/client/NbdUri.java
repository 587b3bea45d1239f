package dev.farshore.nbd.client;

import dev.farshore.nbd.NbdProtocol;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Where an export is served: {@code nbd://host[:port]/export} or {@code
 * nbd+unix:///export?socket=path}.
 *
 * @see <a href="https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md">NBD URIs</a>
 */
public record NbdUri(SocketAddress address, String export) {

    /**
     * @throws IllegalArgumentException if {@code text} is no such URI
     */
    public static NbdUri parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "not an NBD URI: %s (%s)".formatted(text, e.getReason()), e);
        }
        String path = uri.getPath();
        String export = path == null || path.isEmpty() ? "" : path.substring(1);
        return switch (uri.getScheme()) {
            case "nbd" -> new NbdUri(tcp(uri), export);
            case "nbd+unix" -> new NbdUri(unix(uri), export);
            case null, default ->
                    throw new IllegalArgumentException(
                            "not an NBD URI: %s (scheme must be nbd or nbd+unix)".formatted(text));
        };
    }

    private static SocketAddress tcp(URI uri) {
        String host = uri.getHost();
        if (host == null) {
            throw new IllegalArgumentException("not an NBD URI: %s (no host)".formatted(uri));
        }
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        int port = uri.getPort() < 0 ? NbdProtocol.DEFAULT_PORT : uri.getPort();
        return InetSocketAddress.createUnresolved(bare, port);
    }

    private static SocketAddress unix(URI uri) {
        String query = uri.getRawQuery();
        for (String parameter : query == null ? new String[0] : query.split("&", -1)) {
            if (parameter.startsWith("socket=")) {
                // A plus sign stands for itself in a path; the decoder is made for forms.
                String encoded = parameter.substring("socket=".length()).replace("+", "%2B");
                return UnixDomainSocketAddress.of(
                        URLDecoder.decode(encoded, StandardCharsets.UTF_8));
            }
        }
        throw new IllegalArgumentException(
                "not an NBD URI: %s (no socket=path after the question mark)".formatted(uri));
    }

    @Override
    public String toString() {
        try {
            return switch (address) {
                case UnixDomainSocketAddress unix ->
                        new URI("nbd+unix", "", "/" + export, "socket=" + unix.getPath(), null)
                                .toString();
                case InetSocketAddress tcp ->
                        new URI(
                                        "nbd",
                                        null,
                                        tcp.getHostString(),
                                        tcp.getPort(),
                                        "/" + export,
                                        null,
                                        null)
                                .toString();
                default -> address + "/" + export;
            };
        } catch (URISyntaxException e) {
            return address + "/" + export;
        }
    }
}
