package dev.farshore.tests.nodes;

import dev.farshore.tests.support.RealTools;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small file system in memory, which only root can make. */
final class Tmpfs implements AutoCloseable {
    private final Path folder;

    private Tmpfs(Path folder) {
        this.folder = folder;
    }

    /** Mounts one, or ends the test as skipped where that is not allowed. */
    static Tmpfs mount(Path folder, String size) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        RealTools.Result result =
                RealTools.run(
                        "mount",
                        "-t",
                        "tmpfs",
                        "-o",
                        "size=" + size,
                        "farshore-test",
                        folder.toString());
        if (result.status() != 0) {
            throw new TestAbortedException("a tmpfs can't be mounted here: " + result.output());
        }
        return new Tmpfs(folder);
    }

    Path folder() {
        return folder;
    }

    void resize(String size) throws IOException, InterruptedException {
        RealTools.Result result =
                RealTools.run("mount", "-o", "remount,size=" + size, folder.toString());
        if (result.status() != 0) {
            throw new IOException(result.output());
        }
    }

    @Override
    public void close() throws IOException {
        try {
            RealTools.run("umount", "--lazy", folder.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
