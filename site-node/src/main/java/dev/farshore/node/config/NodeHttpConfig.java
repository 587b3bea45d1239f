package dev.farshore.node.config;

import dev.farshore.process.config.Check;
import dev.farshore.process.config.HostPort;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Health, metrics and volumes over HTTP, without access control of its own.
 *
 * @param host to listen at; an address of IPv6 has no brackets here
 * @param port 0 for a free one
 * @param allowedHosts names under which it may be asked, beside addresses, the machine's own and
 *     {@code nbd.advertisedHost}
 */
public record NodeHttpConfig(String host, int port, List<String> allowedHosts) {
    private static final Key.Value<String> LISTEN = Key.text("listen");
    private static final Key.Value<List<String>> ALLOWED_HOSTS = Key.texts("allowedHosts");
    static final Key.Group HTTP = Key.group("http", LISTEN, ALLOWED_HOSTS);

    private static final Pattern ADDRESS = Pattern.compile("(.+):(\\d{1,5})");

    public NodeHttpConfig {
        Check.range(LISTEN, port, 0, 65_535);
        host = HostPort.withoutBrackets(host);
        allowedHosts = List.copyOf(allowedHosts);
    }

    /** Known by its addresses and its machine's name. */
    public NodeHttpConfig(String host, int port) {
        this(host, port, List.of());
    }

    /** Whether it listens at all addresses of the machine. */
    public boolean isAnyAddress() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    static @Nullable NodeHttpConfig from(Section file) {
        Section section = file.section(HTTP);
        String listen = section.get(LISTEN, "");
        return listen.isEmpty() ? null : section.build(() -> parse(listen, section));
    }

    private static NodeHttpConfig parse(String listen, Section section) {
        Matcher matcher = ADDRESS.matcher(listen);
        if (!matcher.matches()) {
            throw new InvalidValueException(
                    LISTEN, "'" + listen + "' is no address", "HOST:PORT (PORT 0 for a free one)");
        }
        return new NodeHttpConfig(
                matcher.group(1),
                Integer.parseInt(matcher.group(2)),
                section.get(ALLOWED_HOSTS, List.of()));
    }
}
