package dev.farshore.apply.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Makes everything written to one file system stable, with {@code syncfs(2)}. It takes as long for
 * hundreds of files as for one, but also waits for the writes of others.
 *
 * <p>It stays open as long as its user, because each failed write is reported once, and only those
 * since it was opened.
 *
 * <p>Threading: any thread.
 */
public final class FileSystemSync implements ImageGroup.Sync, AutoCloseable {
    /** That keep what {@code syncfs} promises, failed writes among it. */
    private static final Set<String> TYPES = Set.of("ext4", "xfs", "btrfs", "f2fs", "tmpfs");

    /** Before it, {@code syncfs} did not tell of failed writes. */
    private static final int[] FIRST_KERNEL = {5, 8};

    private final Path folder;
    private final int descriptor;

    private FileSystemSync(Path folder, int descriptor) {
        this.folder = folder;
        this.descriptor = descriptor;
    }

    /** Which file system a file is on; empty if that can't be synced as a whole. */
    static OptionalLong identify(Path file) throws IOException {
        return isSupported(file)
                ? OptionalLong.of((Long) Files.getAttribute(file, "unix:dev"))
                : OptionalLong.empty();
    }

    private static boolean isSupported(Path file) throws IOException {
        return LinuxFiles.areHere()
                && isKernelNewEnough(System.getProperty("os.version"))
                && Files.isRegularFile(file)
                && TYPES.contains(Files.getFileStore(file).type());
    }

    static boolean isKernelNewEnough(String version) {
        String[] numbers = version.split("[^0-9]+", 3);
        try {
            int major = Integer.parseInt(numbers[0]);
            return major > FIRST_KERNEL[0]
                    || (major == FIRST_KERNEL[0]
                            && Integer.parseInt(numbers[1]) >= FIRST_KERNEL[1]);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return false;
        }
    }

    /** For the file system that {@code image} is on; empty if it can't be synced as a whole. */
    public static Optional<FileSystemSync> of(Image image) throws IOException {
        if (image.fileSystem().isEmpty()) {
            return Optional.empty();
        }
        Path folder = image.folder().toRealPath();
        return Optional.of(
                new FileSystemSync(folder, LinuxFiles.open(folder, LinuxFiles.O_RDONLY)));
    }

    /**
     * @throws IOException if a write to any file of it has failed since the last call; each file's
     *     own {@code fsync} tells whether it was that one
     */
    @Override
    public void sync() throws IOException {
        int result = LinuxFiles.syncFileSystem(descriptor);
        if (result < 0) {
            throw new IOException(
                    "syncing the file system of %s: errno %d".formatted(folder, -result));
        }
    }

    @Override
    public void close() {
        LinuxFiles.close(descriptor);
    }
}
