package dev.farshore.capture.publish;

import dev.farshore.schemas.failure.Reason;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Whether a kind of compression works in this process. Some need a native library, which is
 * unpacked into the folder for temporary files: where that can't be, or may not be executed, a node
 * would take writes into its journals and never get one into Kafka.
 */
public final class CompressionTrial {
    private static final int SAMPLE_BYTES = 4096;

    private CompressionTrial() {}

    /**
     * Compresses a little and reads it back.
     *
     * @param compression as Kafka names it
     * @throws IOException if that can't be done; the message says what to do
     */
    public static void require(String compression) throws IOException {
        try {
            byte[] sample = new byte[SAMPLE_BYTES];
            Arrays.fill(sample, (byte) 'f');
            if (!Arrays.equals(sample, thereAndBack(Compression.of(compression).build(), sample))) {
                throw new IOException("what was compressed reads differently");
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new IOException(
                    "compression: %s does not work on this host: %s. Its library is unpacked into the folder for temporary files, %s, which has to be there, writable and not mounted noexec (-Djava.io.tmpdir names another); or configure another compression"
                            .formatted(
                                    compression,
                                    Reason.of(origin(e)),
                                    System.getProperty("java.io.tmpdir")),
                    e);
        }
    }

    private static byte[] thereAndBack(Compression codec, byte[] sample) throws IOException {
        ByteBufferOutputStream compressed = new ByteBufferOutputStream(2 * SAMPLE_BYTES);
        try (OutputStream out = codec.wrapForOutput(compressed, RecordBatch.CURRENT_MAGIC_VALUE)) {
            out.write(sample);
        }
        ByteBuffer written = compressed.buffer();
        written.flip();
        try (InputStream in =
                codec.wrapForInput(
                        written, RecordBatch.CURRENT_MAGIC_VALUE, BufferSupplier.NO_CACHING)) {
            return in.readAllBytes();
        }
    }

    /** What a class's initializer, or a library's loader, died of. */
    private static Throwable origin(Throwable failure) {
        Throwable origin = failure;
        while (origin.getCause() != null) {
            origin = origin.getCause();
        }
        return origin;
    }
}
