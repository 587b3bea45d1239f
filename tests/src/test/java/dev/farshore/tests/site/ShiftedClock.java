package dev.farshore.tests.site;

import dev.farshore.tests.support.ChildProgram;

import org.opentest4j.TestAbortedException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

/** A library to preload into processes, whose wall clock can be set while they run. */
final class ShiftedClock {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Without headers: it is compiled where there is a compiler and nothing else. */
    private static final String SOURCE =
            """
            struct timespec { long tv_sec, tv_nsec; };
            struct timeval { long tv_sec, tv_usec; };
            char *getenv(const char *name);
            int open(const char *path, int flags, ...);
            void *mmap(void *at, unsigned long length, int access, int flags, int file, long offset);
            long syscall(long number, ...);

            #ifdef __aarch64__
            enum { SYS_CLOCK_GETTIME = 113 };
            #else
            enum { SYS_CLOCK_GETTIME = 228 };
            #endif
            enum { REALTIME = 0, REALTIME_COARSE = 5, PROT_READ = 1, MAP_SHARED = 1 };

            static volatile long *shift_seconds;

            __attribute__((constructor)) static void map_shift(void) {
                int file = open(getenv("CLOCK_SHIFT_FILE"), 0);
                shift_seconds = mmap(0, sizeof *shift_seconds, PROT_READ, MAP_SHARED, file, 0);
            }

            int clock_gettime(int clock, struct timespec *time) {
                int result = syscall(SYS_CLOCK_GETTIME, clock, time);
                if (shift_seconds && (clock == REALTIME || clock == REALTIME_COARSE)) {
                    time->tv_sec += *shift_seconds;
                }
                return result;
            }

            int gettimeofday(struct timeval *time, void *zone) {
                struct timespec now;
                clock_gettime(REALTIME, &now);
                time->tv_sec = now.tv_sec;
                time->tv_usec = now.tv_nsec / 1000;
                return 0;
            }
            """;

    private final Path library;
    private final Path shift;

    private ShiftedClock(Path library, Path shift) {
        this.library = library;
        this.shift = shift;
    }

    /** Ends the test as skipped where there is no C compiler. */
    static ShiftedClock in(Path folder) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("shifted-clock.c"), SOURCE);
        Path library = folder.resolve("shifted-clock.so");
        try (ChildProgram compiler =
                ChildProgram.start(
                        folder.resolve("gcc.log"),
                        List.of(
                                "gcc",
                                "-shared",
                                "-nostdlib",
                                "-fPIC",
                                "-O1",
                                "-o",
                                library.toString(),
                                source.toString()))) {
            if (compiler.awaitExit(PATIENCE) != 0) {
                throw new IOException(compiler.output());
            }
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("Cannot run program")) {
                throw new TestAbortedException("there is no gcc: " + e.getMessage());
            }
            throw e;
        }
        ShiftedClock clock = new ShiftedClock(library, folder.resolve("clock-shift"));
        clock.set(Duration.ZERO);
        return clock;
    }

    /** For the environment of a process. */
    String[] variables() {
        return new String[] {"LD_PRELOAD=" + library, "CLOCK_SHIFT_FILE=" + shift};
    }

    /** Sets it: from now on it is so far ahead of the machine's. */
    void set(Duration ahead) throws IOException {
        byte[] seconds =
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putLong(ahead.toSeconds())
                        .array();
        // In place: processes have the file mapped.
        try (FileChannel file =
                FileChannel.open(shift, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(seconds), 0);
        }
    }
}
