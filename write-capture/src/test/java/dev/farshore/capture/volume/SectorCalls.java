package dev.farshore.capture.volume;

import dev.farshore.nbd.BlockDevice;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Reads and writes sectors, each filled with one value. */
final class SectorCalls {
    private static final int SECTOR_BYTES = 512;

    private SectorCalls() {}

    static CompletableFuture<Void> startWrite(BlockDevice device, long offset, byte value) {
        byte[] payload = new byte[SECTOR_BYTES];
        Arrays.fill(payload, value);
        CompletableFuture<Void> done = new CompletableFuture<>();
        device.write(offset, ByteBuffer.wrap(payload), false, error -> complete(done, error));
        return done;
    }

    static CompletableFuture<Void> flush(BlockDevice device) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        device.flush(error -> complete(done, error));
        return done;
    }

    private static void complete(CompletableFuture<Void> done, @Nullable IOException error) {
        if (error == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(error);
        }
    }

    static void write(BlockDevice device, long offset, byte value) throws Exception {
        startWrite(device, offset, value).get(20, TimeUnit.SECONDS);
    }

    static byte read(BlockDevice device, long offset) throws IOException {
        ByteBuffer sector = ByteBuffer.allocate(SECTOR_BYTES);
        device.read(offset, sector);
        return sector.get(0);
    }
}
