package dev.farshore.node.config;

import dev.farshore.nbd.PemCredentials;
import dev.farshore.nbd.TlsPolicy;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A listener with keys of its own in the configuration: address, and how clients use TLS. */
final class TlsListener {
    private static final Key.Value<String> ADDRESS = Key.text("address");
    private static final Key.Value<String> TLS = Key.text("tls");
    private static final Key.Value<String> CERTIFICATE = Key.text("certificate");
    private static final Key.Value<String> KEY = Key.text("key");
    private static final Key.Value<String> CLIENT_AUTHORITY = Key.text("clientAuthority");
    static final List<Key> KEYS = List.of(ADDRESS, TLS, CERTIFICATE, KEY, CLIENT_AUTHORITY);

    private TlsListener() {}

    /** The files are read at once, so that a wrong one is named with its key. */
    static Listener from(Section section) {
        return section.build(
                () -> {
                    Listener address = address(section.get(ADDRESS));
                    String tls = section.get(TLS, "off");
                    return switch (tls) {
                        case "off" -> withoutFiles(section, address);
                        case "optional" ->
                                new Listener.Secured(
                                        address, new TlsPolicy.Optional(credentials(section)));
                        case "required" ->
                                new Listener.Secured(
                                        address, new TlsPolicy.Required(credentials(section)));
                        default ->
                                throw new InvalidValueException(
                                        TLS, "'" + tls + "' is unknown", "off, optional, required");
                    };
                });
    }

    private static Listener address(String text) {
        try {
            return Listener.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(ADDRESS, String.valueOf(e.getMessage()));
        }
    }

    private static Listener withoutFiles(Section section, Listener address) {
        for (Key.Value<String> key : List.of(CERTIFICATE, KEY, CLIENT_AUTHORITY)) {
            if (!section.get(key, "").isEmpty()) {
                throw new InvalidValueException(
                        key, "is of no use with tls: off; needed: tls: optional or required");
            }
        }
        return address;
    }

    private static TlsPolicy.Credentials credentials(Section section) {
        Path certificate = file(CERTIFICATE, section);
        Path key = file(KEY, section);
        @Nullable Path clientAuthority =
                section.get(CLIENT_AUTHORITY, "").isEmpty()
                        ? null
                        : file(CLIENT_AUTHORITY, section);
        try {
            return PemCredentials.load(certificate, key, clientAuthority);
        } catch (IOException e) {
            throw new InvalidValueException(TLS, String.valueOf(e.getMessage()));
        }
    }

    private static Path file(Key.Value<String> key, Section section) {
        Path file = Path.of(section.get(key));
        if (!Files.isReadable(file)) {
            throw new InvalidValueException(key, "there is no file " + file + " that can be read");
        }
        return file;
    }
}
