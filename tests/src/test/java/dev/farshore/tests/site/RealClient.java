package dev.farshore.tests.site;

import static org.assertj.core.api.Assertions.assertThat;

import dev.farshore.tests.support.RealTools;

import java.io.IOException;
import java.nio.file.Path;

/** Runs programs of others in a folder. */
record RealClient(Path folder) {

    static RealClient in(Path folder) {
        return new RealClient(folder);
    }

    /** Returns what it printed on both streams; fails unless it ended well. */
    String run(String tool, String... arguments) throws IOException, InterruptedException {
        RealTools.Result ended = RealTools.runIn(folder, tool, arguments);
        assertThat(ended.status()).as("exit status of %s: %s", tool, ended.output()).isZero();
        return ended.output();
    }

    /** The same for one that should not end well. */
    String fail(String tool, String... arguments) throws IOException, InterruptedException {
        RealTools.Result ended = RealTools.runIn(folder, tool, arguments);
        assertThat(ended.status()).as("exit status of %s: %s", tool, ended.output()).isNotZero();
        return ended.output();
    }
}
