package dev.farshore.apply.index.spill;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Pages in a map; each must be there when it is asked for or removed. */
public final class HeapPages implements PageStore {
    private final Map<Long, byte[]> pages = new HashMap<>();
    private long lastId;
    private long added;

    @Override
    public long add(byte[] page) {
        lastId++;
        added++;
        pages.put(lastId, page);
        return lastId;
    }

    @Override
    public byte[] get(long id) {
        return Objects.requireNonNull(pages.get(id), "no such page");
    }

    @Override
    public void remove(long id, int bytes) {
        if (Objects.requireNonNull(pages.remove(id), "no such page").length != bytes) {
            throw new IllegalStateException("page %d is of another size".formatted(id));
        }
    }

    public int count() {
        return pages.size();
    }

    /** How many there ever were. */
    public long added() {
        return added;
    }
}
