package dev.farshore.apply.index;

import dev.farshore.apply.file.SealedTextFile;
import dev.farshore.schemas.log.LogCursor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * From where the index of a partition is built again after a restart: a text file.
 *
 * <pre>
 * farshore-index-position 1
 * offset 880211
 * volume db-disk0 epoch 3 owner a open true seq 1200 vmSeq 4410 bytes 9830400 gap -
 * crc32c 5ab3f2c1
 * </pre>
 *
 * @param offset of the last header before the first that is not hardened; -1 for none
 * @param volumes each with the cursor it had then, or later where all of it is hardened
 */
record IndexPosition(long offset, List<Entry> volumes) {

    /** What is hardened is not in it: the image may have changed since; its node says so again. */
    record Entry(String vvol, LogCursor cursor, String gap) {}

    static SealedTextFile file(Path directory) {
        return new SealedTextFile(directory.resolve("position"), "farshore-index-position 1");
    }

    /** Reads the file; null if there is none, or none that can be trusted. */
    static @Nullable IndexPosition read(SealedTextFile file) throws IOException {
        List<String> lines = file.read();
        if (lines == null) {
            return null;
        }
        long offset = Long.parseLong(lines.getFirst().split(" ")[1]);
        List<Entry> volumes =
                lines.subList(1, lines.size()).stream().map(IndexPosition::parse).toList();
        return new IndexPosition(offset, volumes);
    }

    private static Entry parse(String line) {
        String[] words = line.split(" ");
        LogCursor cursor =
                new LogCursor(
                        Integer.parseInt(words[3]),
                        SealedTextFile.text(words[5]),
                        Boolean.parseBoolean(words[7]),
                        Long.parseLong(words[9]),
                        Long.parseLong(words[11]),
                        Long.parseLong(words[13]));
        return new Entry(SealedTextFile.text(words[1]), cursor, SealedTextFile.text(words[15]));
    }

    void write(SealedTextFile file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("offset " + offset);
        for (Entry entry : volumes) {
            LogCursor cursor = entry.cursor();
            lines.add(
                    "volume %s epoch %d owner %s open %s seq %d vmSeq %d bytes %d gap %s"
                            .formatted(
                                    SealedTextFile.word(entry.vvol()),
                                    cursor.epoch(),
                                    SealedTextFile.word(cursor.owner()),
                                    cursor.open(),
                                    cursor.seq(),
                                    cursor.vmSeq(),
                                    cursor.totalBytes(),
                                    SealedTextFile.word(entry.gap())));
        }
        file.write(lines);
    }
}
