package dev.farshore.bench.apply;

import dev.farshore.bench.peer.QemuStorageDaemon;
import dev.farshore.nbd.client.NbdClient;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * QEMU's mirror job and the writes of a backlog: how long until the copy is the same.
 *
 * <p>One thread serves the disk and copies, so the job slows the writes down until it is nearly
 * done with them when the last one comes: what it takes for them is both times together.
 */
final class MirrorRun {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int DEPTH = 32;

    private MirrorRun() {}

    /**
     * @param writeSeconds from the first write to the last
     * @param convergeSeconds from the last write to the converged copy
     */
    record Mirrored(double writeSeconds, double convergeSeconds) {
        double seconds() {
            return writeSeconds + convergeSeconds;
        }
    }

    /**
     * Writes the backlog's writes to a mirrored disk in use, as fast as it takes them, while the
     * job copies in the background.
     */
    static Mirrored run(Backlog backlog, Path folder) throws IOException, InterruptedException {
        Path disk = filled(folder.resolve("mirror-source.img"), backlog.volumeBytes());
        Path copy = filled(folder.resolve("mirror-target.img"), backlog.volumeBytes());
        try (QemuStorageDaemon qemu = QemuStorageDaemon.serve(disk, copy, folder);
                NbdClient client = NbdClient.connect(qemu.uri(), CONNECT_TIMEOUT)) {
            qemu.mirror();
            long startNanos = System.nanoTime();
            write(client, backlog);
            long writtenNanos = System.nanoTime();
            qemu.awaitMirrored();
            return new Mirrored(
                    (writtenNanos - startNanos) / 1e9, (System.nanoTime() - writtenNanos) / 1e9);
        } finally {
            Files.deleteIfExists(disk);
            Files.deleteIfExists(copy);
        }
    }

    private static void write(NbdClient client, Backlog backlog)
            throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(1);
        byte[] payload = new byte[backlog.payloadBytes()];
        random.nextBytes(payload);
        long blocks = backlog.volumeBytes() / backlog.payloadBytes();
        Semaphore slots = new Semaphore(DEPTH);
        CompletableFuture<Void> failed = new CompletableFuture<>();
        for (int event = 0; event < backlog.events() && !failed.isDone(); event++) {
            slots.acquire();
            client.write(
                    random.nextLong(blocks) * backlog.payloadBytes(),
                    ByteBuffer.wrap(payload),
                    false,
                    error -> {
                        if (error != null) {
                            failed.completeExceptionally(error);
                        }
                        slots.release();
                    });
        }
        slots.acquire(DEPTH);
        failed.complete(null);
        try {
            failed.join();
        } catch (CompletionException e) {
            throw new IOException("writing to the mirrored disk: " + e.getCause(), e);
        }
    }

    /** Written all over, as the volumes of the backlog are. */
    private static Path filled(Path file, long bytes) throws IOException {
        byte[] chunk = new byte[Backlog.MIB];
        new SplittableRandom(2).nextBytes(chunk);
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            for (long at = 0; at < bytes; at += chunk.length) {
                image.write(chunk);
            }
        }
        return file;
    }
}
