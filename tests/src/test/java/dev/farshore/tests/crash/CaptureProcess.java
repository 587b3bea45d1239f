package dev.farshore.tests.crash;

import dev.farshore.nbd.client.NbdUri;
import dev.farshore.tests.support.ChildProgram;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** {@link CaptureMain} as a process that can be killed, paused, and started on the same data. */
final class CaptureProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    /** Rounds are many and short: what starts fastest. */
    private final Path folder;

    private final String brokers;
    private final String vvol;
    private final long sizeBytes;
    private final long journalBytes;
    private final String durability;
    private @Nullable ChildProgram program;
    private int starts;

    CaptureProcess(
            Path folder,
            String brokers,
            String vvol,
            long sizeBytes,
            long journalBytes,
            String durability)
            throws IOException {
        this.folder = Files.createDirectories(folder);
        this.brokers = brokers;
        this.vvol = vvol;
        this.sizeBytes = sizeBytes;
        this.journalBytes = journalBytes;
        this.durability = durability;
    }

    NbdUri uri() {
        return NbdUri.parse("nbd+unix:///%s?socket=%s".formatted(vvol, socket()));
    }

    Path socket() {
        return folder.resolve("nbd.sock");
    }

    /** Returns when the process is there; it serves a moment later. */
    void startSoon() throws IOException {
        starts++;
        program =
                ChildProgram.java(
                        folder.resolve("output-%d.log".formatted(starts)),
                        CaptureMain.class,
                        folder.toString(),
                        brokers,
                        vvol,
                        Long.toString(sizeBytes),
                        Long.toString(journalBytes),
                        durability);
    }

    void start() throws IOException {
        startSoon();
        running().awaitOutput(CaptureMain.SERVES, START_LIMIT);
    }

    void kill() throws IOException, InterruptedException {
        running().signal("KILL");
        running().awaitExit(STOP_LIMIT);
    }

    void pause() throws IOException, InterruptedException {
        running().signal("STOP");
    }

    void resume() throws IOException, InterruptedException {
        running().signal("CONT");
    }

    private ChildProgram running() {
        if (program == null) {
            throw new IllegalStateException("capture was not started");
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
