package dev.farshore.process.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The names under which a server is reached: what a request's {@code Host} may say.
 *
 * <p>If a web page's name is made to resolve to this server (DNS rebinding), the browser takes both
 * for one origin and lets the page read and change everything. The browser still says the page's
 * name as {@code Host}. An address can't be rebound, so every address is allowed, and so are the
 * names of the machine itself; other names have to be configured.
 *
 * @param names in lower case
 */
public record KnownHosts(Set<String> names) {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern PORT = Pattern.compile(":\\d*$");
    private static final String LOOPBACK_NAME = "localhost";

    public KnownHosts {
        names = Set.copyOf(names);
    }

    /** This machine's own name, and what is configured. */
    public static KnownHosts with(Collection<String> configured) {
        Set<String> names = new TreeSet<>();
        configured.stream().map(KnownHosts::normal).forEach(names::add);
        try {
            names.add(normal(InetAddress.getLocalHost().getHostName()));
        } catch (UnknownHostException e) {
            // A machine that can't resolve its own name is reached by address, or as configured.
        }
        return new KnownHosts(names);
    }

    /**
     * @param host value of the header, with or without a port
     */
    boolean knows(String host) {
        String name = normal(PORT.matcher(host).replaceFirst(""));
        return (name.startsWith("[") && name.endsWith("]"))
                || IPV4.matcher(name).matches()
                || name.equals(LOOPBACK_NAME)
                || name.endsWith("." + LOOPBACK_NAME)
                || names.contains(name);
    }

    private static String normal(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
