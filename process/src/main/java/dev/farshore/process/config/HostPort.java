package dev.farshore.process.config;

/** A host and a port as they are written in URLs: an address of IPv6 needs brackets there. */
public final class HostPort {
    private HostPort() {}

    /**
     * @param host name or address, with or without brackets
     */
    public static String of(String host, int port) {
        boolean isBareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
        return (isBareIpv6 ? "[" + host + "]" : host) + ":" + port;
    }

    /** The host without the brackets of an address of IPv6. */
    public static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }
}
