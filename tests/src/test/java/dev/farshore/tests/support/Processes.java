package dev.farshore.tests.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
                .filter(
                        process ->
                                process.info()
                                        .commandLine()
                                        .filter(line -> line.contains(path.toString()))
                                        .isPresent())
                .toList();
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
