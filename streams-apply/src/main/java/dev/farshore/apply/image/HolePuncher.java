package dev.farshore.apply.image;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Gives ranges of a file back to the file system with Linux' {@code fallocate(2)}.
 *
 * <p>Threading: one thread at a time.
 */
final class HolePuncher implements AutoCloseable {
    private static final int NO_DESCRIPTOR = -1;

    private final Path path;
    private int descriptor;

    private HolePuncher(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    static HolePuncher open(Path path) throws IOException {
        return new HolePuncher(
                path,
                LinuxFiles.areHere() ? LinuxFiles.open(path, LinuxFiles.O_RDWR) : NO_DESCRIPTOR);
    }

    /**
     * Makes a hole, which reads as zeroes; the file's size stays.
     *
     * @return false if this file system can't, or the device has larger sectors than the range is
     *     aligned to
     */
    boolean punch(long offsetBytes, long lengthBytes) throws IOException {
        if (descriptor == NO_DESCRIPTOR) {
            return false;
        }
        int result =
                LinuxFiles.fallocate(
                        descriptor,
                        LinuxFiles.FALLOC_FL_PUNCH_HOLE | LinuxFiles.FALLOC_FL_KEEP_SIZE,
                        offsetBytes,
                        lengthBytes);
        return switch (-result) {
            case 0 -> true;
            case LinuxFiles.EOPNOTSUPP, LinuxFiles.ENOSYS, LinuxFiles.ENODEV, LinuxFiles.EINVAL ->
                    false;
            default ->
                    throw new IOException(
                            "punch a hole of %d bytes at %d into %s: errno %d"
                                    .formatted(lengthBytes, offsetBytes, path, -result));
        };
    }

    @Override
    public void close() {
        if (descriptor != NO_DESCRIPTOR) {
            LinuxFiles.close(descriptor);
            descriptor = NO_DESCRIPTOR;
        }
    }
}
