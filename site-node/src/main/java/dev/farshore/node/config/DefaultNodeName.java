package dev.farshore.node.config;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The name of a node whose configuration gives none: the name kept in its data folder, at first
 * made of site and host. Two hosts must not arrive at the same name by themselves.
 */
public final class DefaultNodeName {
    private static final Logger log = LoggerFactory.getLogger(DefaultNodeName.class);
    private static final int MAX_LENGTH = 63;

    static String of(String site, Path dataDir) {
        return of(site, dataDir, hostName());
    }

    static String of(String site, Path dataDir, String host) {
        Path file = file(dataDir);
        try {
            if (Files.exists(file)) {
                return Files.readString(file).strip();
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue("file", file).setCause(e).log("node's name can't be read");
        }
        if (Files.exists(dataDir.resolve("journals")) || Files.exists(dataDir.resolve("images"))) {
            String name = ofOnlyNode(site);
            log.atWarn()
                    .addKeyValue("node", name)
                    .addKeyValue("dataDir", dataDir)
                    .log(
                            "the configuration has no `node:`; the name that earlier versions gave"
                                    + " is kept: set it, before another host does the same");
            return name;
        }
        return named(site, host);
    }

    /** How a node is called that is the only one of its site. */
    static String ofOnlyNode(String site) {
        return site + "-1";
    }

    /** Keeps the name with the data. */
    public static void keep(Path dataDir, String name) throws IOException {
        Files.writeString(file(dataDir), name + "\n");
    }

    /** The host's name without its domain, where it has one. */
    public static String hostName() {
        String name = System.getenv("HOSTNAME");
        if (name == null || name.isBlank()) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (IOException e) {
                return "localhost";
            }
        }
        int dot = name.indexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static Path file(Path dataDir) {
        return dataDir.resolve("node.name");
    }

    private static String named(String site, String host) {
        String words = host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String name = (site + "-" + words).replaceAll("-+$", "");
        return name.length() <= MAX_LENGTH
                ? name
                : name.substring(0, MAX_LENGTH).replaceAll("-+$", "");
    }

    private DefaultNodeName() {}
}
