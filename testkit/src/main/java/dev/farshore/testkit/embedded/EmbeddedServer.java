package dev.farshore.testkit.embedded;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A server as a child process on loopback, with a folder and a port of its own. It can be stopped
 * or killed, and started again on the same data and port.
 *
 * <p>Threading: any thread. Ownership: whoever started it closes it; the end of this process ends
 * it in any case.
 */
public abstract sealed class EmbeddedServer implements AutoCloseable
        permits EmbeddedKafka, EmbeddedRegistry {
    static final String HOST = "127.0.0.1";

    private final String name;
    private final Duration stopPatience;
    private final Path folder;
    private final int port;
    private final Consumer<String> progress;
    private @Nullable ChildJvm child;

    /**
     * @param name as messages call it
     * @param stopPatience how long an orderly stop may take
     * @param folder holds data, settings and log; created if need be, kept when the server stops
     * @param port 0 for a free one, which then stays the same
     * @param progress told what is going on, a line at a time
     */
    EmbeddedServer(
            String name, Duration stopPatience, Path folder, int port, Consumer<String> progress)
            throws IOException {
        this.name = name;
        this.stopPatience = stopPatience;
        this.folder = folder.toAbsolutePath();
        this.port = FreePort.orElse(port);
        this.progress = progress;
    }

    /** The program to run; its settings are written when it is asked for. */
    abstract ChildJvm.Program program() throws IOException;

    /** Looks once whether it serves requests: what is missing, or empty. */
    abstract Optional<String> problem() throws InterruptedException;

    /** Where clients find it. */
    abstract String address();

    /** Starts it, and returns when it serves requests. Interrupting the thread stops it again. */
    public final synchronized void start() throws IOException, InterruptedException {
        if (isRunning()) {
            throw new IllegalStateException(name + " at " + address() + " runs already");
        }
        if (!FreePort.isFree(port)) {
            throw new EmbeddedStartException(
                    "%s can't start: something else listens on %s:%d".formatted(name, HOST, port));
        }
        Files.createDirectories(folder);
        progress.accept("Starting %s on %s (log: %s)".formatted(name, address(), logFile()));
        ChildJvm started = ChildJvm.start(program());
        child = started;
        try {
            Startup.await(started, address(), this::problem, progress);
        } catch (IOException | InterruptedException | RuntimeException e) {
            kill();
            throw e;
        }
    }

    /** Stops it in order; without effect when it does not run. */
    public final synchronized void stop() {
        if (child != null) {
            child.stop(stopPatience);
            child = null;
        }
    }

    /** Ends it as {@code kill -9} does. */
    public final synchronized void kill() {
        if (child != null) {
            child.kill();
            child = null;
        }
    }

    public final synchronized boolean isRunning() {
        return child != null && child.isAlive();
    }

    /**
     * @throws IllegalStateException when it does not run
     */
    public final synchronized long pid() {
        if (child == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return child.pid();
    }

    public final int port() {
        return port;
    }

    public final Path folder() {
        return folder;
    }

    public final Path logFile() {
        return folder.resolve("server.log");
    }

    /** The same as {@link #stop}. */
    @Override
    public final void close() {
        stop();
    }
}
