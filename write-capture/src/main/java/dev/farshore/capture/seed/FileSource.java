package dev.farshore.capture.seed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A raw file, sparse or not, that nobody writes. */
public final class FileSource implements SeedSource {
    private final FileChannel channel;
    private final DataExtents extents;
    private final long fileBytes;

    private FileSource(FileChannel channel, DataExtents extents, long fileBytes) {
        this.channel = channel;
        this.extents = extents;
        this.fileBytes = fileBytes;
    }

    public static FileSource open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("%s is no file at this node".formatted(file));
        }
        DataExtents extents = DataExtents.open(file);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            return new FileSource(channel, extents, channel.size());
        } catch (IOException e) {
            extents.close();
            throw e;
        }
    }

    @Override
    public long sizeBytes() {
        long sectors = (fileBytes + TouchedRanges.SECTOR_BYTES - 1) / TouchedRanges.SECTOR_BYTES;
        return sectors * TouchedRanges.SECTOR_BYTES;
    }

    @Override
    public void read(long offset, ByteBuffer into) throws IOException {
        long base = offset - into.position();
        while (into.hasRemaining()) {
            int readBytes;
            try {
                readBytes = channel.read(into, base + into.position());
            } catch (ClosedByInterruptException e) {
                throw new IOException("reading of the source was interrupted", e);
            }
            if (readBytes < 0) {
                if (base + into.position() < fileBytes) {
                    throw new IOException(
                            "the source has become shorter than %d bytes".formatted(fileBytes));
                }
                while (into.hasRemaining()) {
                    into.put((byte) 0);
                }
            }
        }
    }

    @Override
    public long nextData(long from, long end) throws IOException {
        return extents.nextData(from, end);
    }

    @Override
    public long nextHole(long from, long end) throws IOException {
        return extents.nextHole(from, end);
    }

    @Override
    public void close() {
        extents.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing the source", e);
        }
    }
}
