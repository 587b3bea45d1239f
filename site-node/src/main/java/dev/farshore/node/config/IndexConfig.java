package dev.farshore.node.config;

import dev.farshore.apply.index.spill.IndexMemory;
import dev.farshore.process.config.InvalidValueException;
import dev.farshore.process.config.Key;
import dev.farshore.process.config.Section;

/**
 * The dirty-block index.
 *
 * @param memoryLimitBytes what it may take of the heap, for all volumes of the node; the rest goes
 *     to disk
 */
public record IndexConfig(long memoryLimitBytes) {
    private static final Key.Value<Long> MEMORY_LIMIT = Key.bytes("memoryLimit");
    static final Key.Group INDEX = Key.group("index", MEMORY_LIMIT);

    private static final long LEAST_BYTES = 1 << 20;

    public static final IndexConfig DEFAULT = new IndexConfig(IndexMemory.defaultLimitBytes());

    public IndexConfig {
        if (memoryLimitBytes < LEAST_BYTES) {
            throw new InvalidValueException(
                    MEMORY_LIMIT, "is %d bytes".formatted(memoryLimitBytes), "1MiB or more");
        }
    }

    static IndexConfig from(Section file) {
        Section section = file.section(INDEX);
        return section.build(
                () -> new IndexConfig(section.get(MEMORY_LIMIT, DEFAULT.memoryLimitBytes)));
    }
}
