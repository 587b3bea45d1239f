package dev.farshore.tests.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What runs on this machine. */
public final class Processes {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Processes() {}

    /** The processes that have the path in their command line, this one aside. */
    public static List<ProcessHandle> using(Path path) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> commandLine(process).contains(path.toString()))
                .toList();
    }

    /** Linux gives it whole, by way of Java it ends after 4 KiB, within a class path. */
    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"),
                    StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // Another system, or the process has ended.
            return process.info().commandLine().orElse("");
        }
    }

    /** Fails, and kills them, if processes using the path are still there after some seconds. */
    public static void assertNoneUse(Path path) {
        try {
            await().atMost(LIMIT).untilAsserted(() -> assertThat(using(path)).isEmpty());
        } finally {
            using(path).forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Fails if the process is still there after some seconds. */
    public static void assertGone(long pid) {
        await("end of process " + pid).atMost(LIMIT).until(() -> ProcessHandle.of(pid).isEmpty());
    }
}
