package dev.farshore.apply.index;

import dev.farshore.apply.index.packed.PackedReader;
import dev.farshore.apply.index.packed.PackedWriter;
import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.apply.index.spill.SpillException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * The index of a partition as of an offset of the headers, so that a restart need not read them
 * again.
 *
 * <pre>
 * "farshore-index-snapshot 1\n" · offset · accounted offsets · number of volumes · volumes … · CRC-32C (8 bytes)
 * </pre>
 *
 * <p>Why it may be used however old it is: headers up to its offset do not change. Two things may
 * have changed since. The log has grown: reading goes on after the offset. And the image may have
 * changed: the node says again what it has hardened before the index counts as complete. If that is
 * less than the snapshot had forgotten, as after the loss of an image, the index is not complete
 * until the image has caught up. So a snapshot claims nothing that the headers would not. A torn
 * one, or one with a wrong checksum, is ignored.
 *
 * <p>Threading: one thread at a time.
 */
final class SnapshotFile {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFile.class);
    private static final byte[] HEAD =
            "farshore-index-snapshot 1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int CHECKSUM_BYTES = Long.BYTES;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path file;
    private final Path next;

    /**
     * @param offset of the last header that is in it
     * @param accounted what those headers told of the write log
     */
    record Contents(long offset, IndexedOffsets accounted, List<DirtyBlocks> volumes) {}

    SnapshotFile(Path directory) {
        file = directory.resolve("snapshot");
        next = directory.resolve("snapshot.next");
    }

    /**
     * Writes what is to become the snapshot with {@link #publish}.
     *
     * @return whether it is one: a volume that has lost a part of its index can't be in it
     */
    boolean write(long offset, IndexedOffsets accounted, Collection<DirtyBlocks> volumes)
            throws IOException {
        CRC32C checksum = new CRC32C();
        try (OutputStream bytes = Files.newOutputStream(next)) {
            OutputStream checked = new CheckedOutputStream(bytes, checksum);
            checked.write(HEAD);
            PackedWriter out = new PackedWriter(checked);
            out.number(offset);
            accounted.write(out);
            out.number(volumes.size());
            for (DirtyBlocks blocks : volumes) {
                if (!blocks.write(out)) {
                    return false;
                }
            }
            out.flush();
            bytes.write(ByteBuffer.allocate(CHECKSUM_BYTES).putLong(checksum.getValue()).array());
        }
        return true;
    }

    /** Makes what was written the snapshot, once it is on stable storage. */
    void publish() throws IOException {
        try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What is in the snapshot; null if there is none that can be trusted. */
    @Nullable Contents read(IndexMemory memory) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        List<DirtyBlocks> volumes = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long end = checkedEnd(channel);
            channel.position(HEAD.length);
            PackedReader in = new PackedReader(new Until(end, channel));
            long offset = in.number();
            IndexedOffsets accounted = IndexedOffsets.read(in);
            long count = in.number();
            for (long i = 0; i < count; i++) {
                volumes.add(DirtyBlocks.read(in, memory));
            }
            return new Contents(offset, accounted, volumes);
        } catch (RejectedException e) {
            // Nothing has been read of it, and where it was found wrong tells nothing more.
            LOG.atWarn().log("{} is not used, {}: headers are read again", file, e.getMessage());
            return null;
        } catch (IOException | SpillException e) {
            LOG.atWarn().setCause(e).log("{} can't be read: headers are read again instead", file);
            volumes.forEach(DirtyBlocks::close);
            return null;
        }
    }

    /** The file is there and readable, and no snapshot of ours, or not all of one. */
    private static final class RejectedException extends IOException {
        private static final long serialVersionUID = 1;

        RejectedException(String why) {
            super(why);
        }
    }

    /**
     * Where the checksum begins, which is right.
     *
     * @throws RejectedException if it is not, or the file is of another kind
     */
    private static long checkedEnd(FileChannel channel) throws IOException {
        long end = channel.size() - CHECKSUM_BYTES;
        if (end < HEAD.length) {
            throw new RejectedException("it ends too early");
        }
        InputStream in = Channels.newInputStream(channel);
        byte[] head = in.readNBytes(HEAD.length);
        if (!Arrays.equals(head, HEAD)) {
            throw new RejectedException("it is of another kind, or version");
        }
        CRC32C checksum = new CRC32C();
        checksum.update(head);
        byte[] buffer = new byte[BUFFER_BYTES];
        for (long left = end - HEAD.length; left > 0; ) {
            int count = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
            if (count == 0) {
                throw new RejectedException("it ends too early");
            }
            checksum.update(buffer, 0, count);
            left -= count;
        }
        if (ByteBuffer.wrap(in.readNBytes(CHECKSUM_BYTES)).getLong() != checksum.getValue()) {
            throw new RejectedException("its checksum is wrong");
        }
        return end;
    }

    /** The rest of a channel up to an offset. */
    private static final class Until extends FilterInputStream {
        private long left;

        Until(long end, FileChannel channel) throws IOException {
            super(Channels.newInputStream(channel));
            left = end - channel.position();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, (int) Math.min(left, length));
            left -= Math.max(0, count);
            return count;
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(next);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
