package dev.farshore.node.config;

import dev.farshore.process.config.Section;

import org.jspecify.annotations.Nullable;

/**
 * Where a node's clients find it.
 *
 * @param http null if it does not serve HTTP
 * @param latest how the exports {@code VVOL@latest} are read
 */
public record ServersConfig(
        NbdConfig nbd, @Nullable NodeHttpConfig http, LatestReadsConfig latest) {

    /** Without HTTP. */
    public static ServersConfig of(NbdConfig nbd) {
        return new ServersConfig(nbd, null, LatestReadsConfig.DEFAULT);
    }

    static ServersConfig from(Section file) {
        return new ServersConfig(
                NbdConfig.from(file), NodeHttpConfig.from(file), LatestReadsConfig.from(file));
    }
}
