package dev.farshore.bench.peer;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that serves on a Unix socket until it is closed. */
final class ServerProgram implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(20);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 20;

    private final Process process;

    private ServerProgram(Process process) {
        this.process = process;
    }

    /**
     * Returns when it takes connections on {@code socket}.
     *
     * @param log takes what it prints
     */
    static ServerProgram start(List<String> command, Path socket, Path log)
            throws IOException, InterruptedException {
        Files.deleteIfExists(socket); // of one before it
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        ServerProgram program = new ServerProgram(process);
        boolean ready = false;
        try {
            long deadlineNanos = System.nanoTime() + START_PATIENCE.toNanos();
            while (!(ready = accepts(socket))) {
                if (!process.isAlive() || System.nanoTime() - deadlineNanos > 0) {
                    throw new IOException(
                            "%s does not serve: %s"
                                    .formatted(command.getFirst(), Files.readString(log)));
                }
                Thread.sleep(POLL_MILLIS);
            }
        } finally {
            if (!ready) {
                program.close();
            }
        }
        return program;
    }

    static boolean isInstalled(String program) {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(":", -1)) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private static boolean accepts(Path socket) throws IOException {
        if (!Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false; // the file is there before it listens
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
