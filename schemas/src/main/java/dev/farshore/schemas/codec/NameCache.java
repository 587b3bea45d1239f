package dev.farshore.schemas.codec;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Caches strings that come repeatedly as UTF-8, so that a reader creates each only once.
 *
 * <p>Bounded: one entry a slot, the newest wins. Threads may share it without a lock: an entry is
 * immutable and its fields final, so a race at worst creates a string twice.
 */
final class NameCache {
    private static final int SLOTS = 1024;
    private static final int MAX_NAME_BYTES = 256;

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Entry(byte[] utf8, String text) {}

    private final @Nullable Entry[] slots = new Entry[SLOTS];

    @Nullable String find(byte[] bytes, int offset, int length) {
        Entry entry = slots[slot(bytes, offset, length)];
        return entry != null
                        && Arrays.equals(
                                entry.utf8, 0, entry.utf8.length, bytes, offset, offset + length)
                ? entry.text
                : null;
    }

    String remember(byte[] bytes, int offset, int length, String text) {
        if (length <= MAX_NAME_BYTES) {
            slots[slot(bytes, offset, length)] =
                    new Entry(Arrays.copyOfRange(bytes, offset, offset + length), text);
        }
        return text;
    }

    private static int slot(byte[] bytes, int offset, int length) {
        int hash = length;
        for (int i = 0; i < Math.min(length, MAX_NAME_BYTES); i++) {
            hash = 31 * hash + bytes[offset + i];
        }
        return (hash ^ (hash >>> 16)) & (SLOTS - 1);
    }
}
