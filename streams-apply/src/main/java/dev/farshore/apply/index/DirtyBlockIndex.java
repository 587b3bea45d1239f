package dev.farshore.apply.index;

import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The dirty blocks of all volumes whose index is on this node. Threading: any thread. */
public final class DirtyBlockIndex {
    private final ConcurrentMap<String, DirtyBlocks> volumes = new ConcurrentHashMap<>();
    private final ConcurrentMap<Integer, AccountedOffsets> accounted = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Long> hardenedEverywhere = new ConcurrentHashMap<>();

    void add(DirtyBlocks blocks) {
        volumes.put(blocks.vvol(), blocks);
        Long seq = hardenedEverywhere.get(blocks.vvol());
        if (seq != null) {
            blocks.onHardenedEverywhere(seq);
        }
    }

    void add(int partition, AccountedOffsets offsets) {
        accounted.put(partition, offsets);
    }

    void remove(int partition, AccountedOffsets offsets) {
        accounted.remove(partition, offsets);
    }

    /** What the headers taken in have told of a partition; empty if its index is not here. */
    public Optional<AccountedOffsets> accounted(int partition) {
        return Optional.ofNullable(accounted.get(partition));
    }

    /**
     * Every site that is known of has hardened a volume up to {@code seq}: what the sites lack need
     * not be known further back. To be told before headers come: until it is, {@link
     * DirtyBlocks#lackingAfter} knows nothing.
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
