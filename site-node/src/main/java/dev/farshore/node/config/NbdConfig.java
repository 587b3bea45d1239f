package dev.farshore.node.config;

import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import java.util.List;

/**
 * Where VMs find their disks.
 *
 * @param listeners at least one
 * @param advertisedHost under which others reach the TCP listeners
 */
public record NbdConfig(List<Listener> listeners, String advertisedHost) {
    private static final Key.Value<List<Listener>> LISTENERS =
            Key.elements("listeners", NbdConfig::listener, TlsListener::from, TlsListener.KEYS);

    private static final Key.Value<String> ADVERTISED_HOST = Key.text("advertisedHost");
    static final Key.Group NBD = Key.group("nbd", LISTENERS, ADVERTISED_HOST);

    public NbdConfig {
        listeners = List.copyOf(listeners);
        if (listeners.isEmpty()) {
            throw new InvalidValueException(
                    LISTENERS, "is empty", "at least one of " + Listener.RULE);
        }
        if (advertisedHost.isBlank()) {
            throw new InvalidValueException(ADVERTISED_HOST, "is empty", "a host's name");
        }
    }

    static NbdConfig from(Section file) {
        Section section = file.section(NBD);
        return section.build(
                () ->
                        new NbdConfig(
                                section.get(LISTENERS), section.get(ADVERTISED_HOST, "localhost")));
    }

    private static Listener listener(String text) {
        try {
            return Listener.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(LISTENERS, String.valueOf(e.getMessage()));
        }
    }
}
