package dev.farshore.apply.store;

import dev.farshore.apply.file.SealedTextFile;
import dev.farshore.schemas.event.Health;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the images of a partition are, all together: a text file beside them.
 *
 * <pre>
 * farshore-partition-position 1
 * offset 124500
 * volume db-disk0 OK -
 * volume db-disk1 FAULTED No+space+left+on+device
 * crc32c 5ab3f2c1
 * </pre>
 *
 * @param offset every record up to it is hardened in the images, except in those of {@code volumes}
 *     that are not {@code OK}: they have only their own position; -1 for none
 * @param volumes all that the partition's records up to there are about
 */
record PartitionPosition(long offset, Map<String, Entry> volumes) {

    /** How a volume of the partition was. */
    record Entry(Health health, String reason) {}

    static SealedTextFile file(Path directory, int partition) {
        return new SealedTextFile(
                directory.resolve(String.format(Locale.ROOT, "partition-%05d.position", partition)),
                "farshore-partition-position 1");
    }

    /** Reads the file; null if there is none, or none that can be trusted. */
    static @Nullable PartitionPosition read(SealedTextFile file) throws IOException {
        List<String> lines = file.read();
        if (lines == null) {
            return null;
        }
        long offset = Long.parseLong(lines.getFirst().split(" ")[1]);
        Map<String, Entry> volumes = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] words = line.split(" ");
            volumes.put(
                    SealedTextFile.text(words[1]),
                    new Entry(Health.valueOf(words[2]), SealedTextFile.text(words[3])));
        }
        return new PartitionPosition(offset, volumes);
    }

    void write(SealedTextFile file) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("offset " + offset);
        volumes.forEach(
                (vvol, entry) ->
                        lines.add(
                                "volume %s %s %s"
                                        .formatted(
                                                SealedTextFile.word(vvol),
                                                entry.health(),
                                                SealedTextFile.word(entry.reason()))));
        file.write(lines);
    }
}
