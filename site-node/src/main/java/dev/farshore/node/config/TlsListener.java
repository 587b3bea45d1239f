package dev.farshore.node.config;

import dev.farshore.nbd.PemCredentials;
import dev.farshore.nbd.TlsPolicy;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Section;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A listener with keys of its own in the configuration: address, and how clients use TLS. */
final class TlsListener {
    static final String[] KEYS = {"address", "tls", "certificate", "key", "clientAuthority"};

    private TlsListener() {}

    /** The files are read at once, so that a wrong one is named with its key. */
    static Listener from(Section section) {
        return section.build(
                () -> {
                    Listener address = address(section.text("address"));
                    String tls = section.text("tls", "off");
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
                                        "tls",
                                        "'" + tls + "' is unknown",
                                        "off, optional, required");
                    };
                });
    }

    private static Listener address(String text) {
        try {
            return Listener.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException("address", String.valueOf(e.getMessage()));
        }
    }

    private static Listener withoutFiles(Section section, Listener address) {
        for (String key : new String[] {"certificate", "key", "clientAuthority"}) {
            if (!section.text(key, "").isEmpty()) {
                throw new InvalidValueException(
                        key, "is of no use with tls: off; needed: tls: optional or required");
            }
        }
        return address;
    }

    private static TlsPolicy.Credentials credentials(Section section) {
        Path certificate = file("certificate", section.text("certificate"));
        Path key = file("key", section.text("key"));
        String authority = section.text("clientAuthority", "");
        @Nullable Path clientAuthority =
                authority.isEmpty() ? null : file("clientAuthority", authority);
        try {
            return PemCredentials.load(certificate, key, clientAuthority);
        } catch (IOException e) {
            throw new InvalidValueException("tls", String.valueOf(e.getMessage()));
        }
    }

    private static Path file(String key, String name) {
        Path file = Path.of(name);
        if (!Files.isReadable(file)) {
            throw new InvalidValueException(key, "there is no file " + file + " that can be read");
        }
        return file;
    }
}
