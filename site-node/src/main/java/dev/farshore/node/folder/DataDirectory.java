package dev.farshore.node.folder;

import dev.farshore.node.config.DefaultNodeName;
import dev.farshore.node.config.NodeConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node's data directory; no other node uses it until it is closed. */
public final class DataDirectory implements AutoCloseable {
    private final Path path;
    private final DataDirLock lock;
    private final long maxImageBytes;

    private DataDirectory(Path path, DataDirLock lock, long maxImageBytes) {
        this.path = path;
        this.lock = lock;
        this.maxImageBytes = maxImageBytes;
    }

    /**
     * Locks it, and makes what is missing.
     *
     * @throws IOException if another node uses it, or an image is elsewhere than configured
     */
    public static DataDirectory open(NodeConfig config) throws IOException {
        Path path = config.id().dataDir();
        Files.createDirectories(path);
        DataDirLock lock = DataDirLock.acquire(path);
        boolean isOpen = false;
        try {
            DefaultNodeName.keep(path, config.node());
            ImagePlaces.link(images(path), config.images().places());
            DataDirectory opened = new DataDirectory(path, lock, ImageLimit.of(images(path)));
            isOpen = true;
            return opened;
        } finally {
            if (!isOpen) {
                lock.close();
            }
        }
    }

    /** Image files of a data directory. */
    public static Path images(Path dataDir) {
        return dataDir.resolve("images");
    }

    /** Image files. */
    public Path images() {
        return images(path);
    }

    /** One file for each volume that is written here. */
    public Path journals() {
        return path.resolve("journals");
    }

    /** The longest image that it can hold; 0 if that is not known. */
    public long maxImageBytes() {
        return maxImageBytes;
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
