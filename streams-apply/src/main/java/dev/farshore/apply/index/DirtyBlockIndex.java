package dev.farshore.apply.index;

import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The dirty blocks of all volumes whose index is on this node. Threading: any thread. */
public final class DirtyBlockIndex {
    private final ConcurrentMap<String, DirtyBlocks> volumes = new ConcurrentHashMap<>();

    void add(DirtyBlocks blocks) {
        volumes.put(blocks.vvol(), blocks);
    }

    void remove(DirtyBlocks blocks) {
        volumes.remove(blocks.vvol(), blocks);
    }

    public Optional<DirtyBlocks> find(String vvol) {
        return Optional.ofNullable(volumes.get(vvol));
    }

    public Collection<DirtyBlocks> all() {
        return volumes.values();
    }
}
