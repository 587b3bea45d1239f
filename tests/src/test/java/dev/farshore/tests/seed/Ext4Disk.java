package dev.farshore.tests.seed;

import dev.farshore.nbd.client.NbdClient;
import dev.farshore.tests.support.RealTools;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An ext4 file system in a file, and its changes as a guest's kernel would write them: {@code
 * debugfs} changes a copy, and what differs then is written to the volume, with a flush behind it.
 */
final class Ext4Disk {
    private static final int BLOCK_BYTES = 4096;

    private final Path folder;
    private final Random random;

    /** What the volume should hold. */
    private final Path content;

    private int files;

    private Ext4Disk(Path folder, Random random) {
        this.folder = folder;
        this.random = random;
        this.content = folder.resolve("content.img");
    }

    /** A file system with some files in it, as many bytes as given, and a hole or two. */
    static Ext4Disk make(Path folder, long sizeBytes, int fileCount, Random random)
            throws Exception {
        Ext4Disk disk = new Ext4Disk(folder, random);
        Path source = Files.createDirectories(folder.resolve("files"));
        for (int i = 0; i < fileCount; i++) {
            byte[] bytes = new byte[200_000 + random.nextInt(600_000)];
            random.nextBytes(bytes);
            Files.write(source.resolve("old" + i), bytes);
        }
        RealTools.succeed("truncate", "-s", Long.toString(sizeBytes), disk.content.toString());
        RealTools.succeed(
                "mkfs.ext4", "-q", "-F", "-d", source.toString(), disk.content.toString());
        return disk;
    }

    /** A copy as raw file, as it is now. */
    Path raw(String name) throws IOException {
        return Files.copy(content, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    Path qcow2(String name) throws Exception {
        Path image = folder.resolve(name);
        RealTools.succeed(
                "qemu-img",
                "convert",
                "-f",
                "raw",
                "-O",
                "qcow2",
                content.toString(),
                image.toString());
        return image;
    }

    Path content() {
        return content;
    }

    /** Puts a file into the file system or takes one out, on the volume and in {@link #content}. */
    void change(NbdClient volume) throws Exception {
        Path next = Files.copy(content, folder.resolve("next.img"));
        String request;
        if (files > 2 && random.nextInt(3) == 0) {
            request = "rm new%d".formatted(files - 2);
        } else {
            byte[] bytes = new byte[1 + random.nextInt(300_000)];
            random.nextBytes(bytes);
            Path file = folder.resolve("new");
            Files.write(file, bytes);
            request = "write %s new%d".formatted(file, files);
        }
        files++;
        RealTools.succeed("debugfs", "-w", "-R", request, next.toString());
        writeDifferences(next, volume);
        Files.move(next, content, StandardCopyOption.REPLACE_EXISTING);
    }

    private void writeDifferences(Path next, NbdClient volume) throws Exception {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        try (FileChannel before = FileChannel.open(content, StandardOpenOption.READ);
                FileChannel after = FileChannel.open(next, StandardOpenOption.READ)) {
            for (long at = 0; at < after.size(); at += BLOCK_BYTES) {
                ByteBuffer block = read(after, at);
                if (!block.equals(read(before, at))) {
                    writes.add(volume.write(at, block, false));
                }
            }
        }
        for (CompletableFuture<Void> write : writes) {
            write.get(60, TimeUnit.SECONDS);
        }
        volume.flush().get(60, TimeUnit.SECONDS);
    }

    private static ByteBuffer read(FileChannel file, long at) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        while (block.hasRemaining()) {
            if (file.read(block, at + block.position()) < 0) {
                throw new IOException("the file system does not end with a block");
            }
        }
        return block.flip();
    }
}
