package dev.farshore.apply.index;

import dev.farshore.apply.index.spill.IndexMemory;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/** The dirty blocks of all volumes whose index is on this node. Threading: any thread. */
public final class DirtyBlockIndex {
    private final IndexMemory memory;

    /** Held by whoever makes volumes spill: one is enough. */
    private final ReentrantLock spilling = new ReentrantLock();

    private final ConcurrentMap<String, DirtyBlocks> volumes = new ConcurrentHashMap<>();
    private final ConcurrentMap<Integer, IndexedOffsets> accounted = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Long> hardenedEverywhere = new ConcurrentHashMap<>();

    /** Without a limit. */
    public DirtyBlockIndex() {
        this(IndexMemory.unlimited());
    }

    /**
     * @param memory what all volumes may take together
     */
    public DirtyBlockIndex(IndexMemory memory) {
        this.memory = memory;
    }

    public IndexMemory memory() {
        return memory;
    }

    /** Keeps the volumes' indexes within their memory. Call it after an update, holding no lock. */
    void spillIfNeeded() {
        if (memory.isExceeded() && spilling.tryLock()) {
            try {
                spill();
            } finally {
                spilling.unlock();
            }
        }
    }

    /** The largest first: it has most that is not in use. */
    private void spill() {
        List<DirtyBlocks> largestFirst =
                volumes.values().stream()
                        .sorted(Comparator.comparingLong(DirtyBlocks::heapBytes).reversed())
                        .toList();
        for (DirtyBlocks blocks : largestFirst) {
            long bytes = memory.bytesToFree();
            if (bytes <= 0) {
                break;
            }
            blocks.spill(bytes);
        }
        memory.spilled();
    }

    void add(DirtyBlocks blocks) {
        volumes.put(blocks.vvol(), blocks);
        Long seq = hardenedEverywhere.get(blocks.vvol());
        if (seq != null) {
            blocks.onHardenedEverywhere(seq);
        }
    }

    void add(int partition, IndexedOffsets offsets) {
        accounted.put(partition, offsets);
    }

    void remove(int partition, IndexedOffsets offsets) {
        accounted.remove(partition, offsets);
    }

    /** What the headers taken in have told of a partition; empty if its index is not here. */
    public Optional<IndexedOffsets> accounted(int partition) {
        return Optional.ofNullable(accounted.get(partition));
    }

    /**
     * Every known site has hardened a volume up to {@code seq}, so what sites lack need not be
     * known further back. Call it before headers come: until then {@link DirtyBlocks#lackingAfter}
     * knows nothing.
     */
    public void onHardenedEverywhere(String vvol, long seq) {
        hardenedEverywhere.put(vvol, seq);
        DirtyBlocks blocks = volumes.get(vvol);
        if (blocks != null) {
            blocks.onHardenedEverywhere(seq);
        }
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
