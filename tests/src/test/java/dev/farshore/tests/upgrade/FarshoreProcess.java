package dev.farshore.tests.upgrade;

import dev.farshore.tests.support.ChildProgram;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A node or coordinator that is stopped in order, and started again as another build. */
final class FarshoreProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(300);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);
    private static final String MAIN = "dev.farshore.cli.Main";

    private final String command;
    private final Path folder;
    private final String ready;
    private @Nullable ChildProgram program;
    private int starts;

    /**
     * @param command {@code node} or {@code coordinator}
     * @param ready what it prints when it serves
     */
    FarshoreProcess(String command, Path folder, String config, String ready) throws IOException {
        this.command = command;
        this.folder = Files.createDirectories(folder);
        this.ready = ready;
        Files.writeString(folder.resolve("config.yaml"), config);
    }

    Path folder() {
        return folder;
    }

    void startSoon(Build build) throws IOException {
        program =
                run(
                        build,
                        folder.resolve("output-%d.log".formatted(++starts)),
                        command,
                        "--config",
                        folder.resolve("config.yaml").toString());
    }

    void awaitServing() {
        running().awaitOutput(ready, START_LIMIT);
    }

    void start(Build build) throws IOException {
        startSoon(build);
        awaitServing();
    }

    /** As a service manager stops it. */
    void stop() throws IOException, InterruptedException {
        running().signal("TERM");
        running().awaitExit(STOP_LIMIT);
    }

    /** Runs a command of a build. */
    static ChildProgram run(Build build, Path output, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx512m",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                build.classPath(),
                                MAIN));
        command.addAll(List.of(arguments));
        return ChildProgram.start(output, command);
    }

    private ChildProgram running() {
        if (program == null) {
            throw new IllegalStateException(command + " in " + folder + " was not started");
        }
        return program;
    }

    @Override
    public void close() {
        if (program != null) {
            program.close();
        }
    }
}
