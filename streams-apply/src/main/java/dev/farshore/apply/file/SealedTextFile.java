package dev.farshore.apply.file;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A small text file that people can read, closed by a checksum: {@code crc32c 5ab3f2c1}. The first
 * line says what the file is, and its version.
 *
 * <p>Threading: one thread writes a file at a time.
 */
public final class SealedTextFile {
    private final Path path;
    private final String head;

    /**
     * @param head first line
     */
    public SealedTextFile(Path path, String head) {
        this.path = path;
        this.head = head;
    }

    /** The lines between head and checksum; null if there is no valid file. */
    public @Nullable List<String> read() throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        List<String> lines = Files.readAllLines(path, StandardCharsets.ISO_8859_1);
        int last = lines.size() - 1;
        if (last < 1 || !lines.getFirst().equals(head)) {
            return null;
        }
        List<String> body = lines.subList(1, last);
        return lines.get(last).equals(seal(body)) ? body : null;
    }

    /**
     * Replaces the file; when this returns, the new one is on stable storage, though after a crash
     * its name may still be the old one's.
     */
    public void write(List<String> body) throws IOException {
        Path next = path.resolveSibling(path.getFileName() + ".next");
        String text = head + "\n" + String.join("\n", body) + "\n" + seal(body) + "\n";
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        try (FileChannel channel =
                FileChannel.open(
                        next,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private String seal(List<String> body) {
        CRC32C crc = new CRC32C();
        crc.update(head.getBytes(StandardCharsets.ISO_8859_1));
        for (String line : body) {
            crc.update('\n');
            crc.update(line.getBytes(StandardCharsets.ISO_8859_1));
        }
        return "crc32c %08x".formatted((int) crc.getValue());
    }

    /** Makes one word of any text; {@code -} of none. */
    public static String word(String text) {
        return text.isEmpty() ? "-" : URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The text that {@link #word} made a word of. */
    public static String text(String word) {
        return word.equals("-") ? "" : URLDecoder.decode(word, StandardCharsets.UTF_8);
    }
}
