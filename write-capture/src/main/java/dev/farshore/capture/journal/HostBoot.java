package dev.farshore.capture.journal;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Which start of the host this process runs in. What a process has written survives it for as long
 * as the host is not started again; then only what was made stable is left.
 *
 * @param id null where the system does not say: nothing is concluded from it then
 */
public record HostBoot(@Nullable UUID id) {
    /** Of a system that does not tell its starts apart. */
    public static final HostBoot UNKNOWN = new HostBoot(null);

    private static final Path KERNEL_BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** The start that this process runs in. */
    public static HostBoot present() {
        return read(KERNEL_BOOT_ID);
    }

    static HostBoot read(Path file) {
        try {
            return new HostBoot(UUID.fromString(Files.readString(file).strip()));
        } catch (IOException | IllegalArgumentException e) {
            return UNKNOWN;
        }
    }

    /** Whether the host has certainly been started again between the two. */
    boolean isOtherThan(HostBoot earlier) {
        return id != null && earlier.id != null && !id.equals(earlier.id);
    }

    /** Whether the host has certainly not been started again between the two. */
    boolean isSameAs(HostBoot earlier) {
        return id != null && id.equals(earlier.id);
    }
}
