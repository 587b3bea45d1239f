package dev.farshore.apply.store;

import dev.farshore.apply.image.Image;
import dev.farshore.apply.replica.Replica;
import dev.farshore.apply.replica.ReplicaStatus;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

/** The images a node holds, active or standing by. Threading: any thread. */
public final class Images {
    private final ConcurrentMap<String, Replica> replicas = new ConcurrentHashMap<>();

    private final ConcurrentMap<Integer, ImageStore> stores = new ConcurrentHashMap<>();

    /** Whose images are the site's here, and not only stand by. */
    private final Set<Integer> activePartitions = ConcurrentHashMap.newKeySet();

    void add(ImageStore store) {
        stores.put(store.changelog().partition(), store);
    }

    /**
     * Closes stores that Kafka Streams has left open, as a thread that dies may do. Only when none
     * of its threads lives any more.
     */
    public void closeLeftOver() {
        for (ImageStore store : List.copyOf(stores.values())) {
            store.close();
        }
    }

    void remove(ImageStore store) {
        stores.remove(store.changelog().partition(), store);
    }

    /** Newest record of a partition of the write log that this node has taken in; else -1. */
    public long processedOffset(int partition) {
        ImageStore store = stores.get(partition);
        return store == null ? -1 : store.seenOffset();
    }

    /**
     * Says of a volume that this node should hold an image of, and does not, that the log has
     * nothing of it any more.
     *
     * @param logBegin offset at which the partition begins by now
     */
    public void needSeed(int partition, String vvol, String reason, long logBegin) {
        ImageStore store = stores.get(partition);
        if (store != null) {
            store.needSeed(vvol, reason, logBegin);
        }
    }

    void add(Replica replica) {
        replicas.put(replica.vvol(), replica);
    }

    /** Takes {@code replica} out, unless another store has put its own there since. */
    void remove(Replica replica) {
        replicas.remove(replica.vvol(), replica);
    }

    /**
     * The open image of a volume. It is replaced when a fault has gone: ask again for every use.
     */
    public Optional<Image> find(String vvol) {
        Replica replica = replicas.get(vvol);
        return replica == null ? Optional.empty() : Optional.ofNullable(replica.image());
    }

    /** What is known of one volume; empty if this node does not hold it. */
    public Optional<ReplicaStatus> status(String vvol) {
        return Optional.ofNullable(replicas.get(vvol)).map(Replica::status);
    }

    /** All volumes, by name. */
    public List<ReplicaStatus> statuses() {
        return replicas.values().stream()
                .map(Replica::status)
                .sorted(Comparator.comparing(ReplicaStatus::vvol))
                .toList();
    }

    /** Newest seq that is hardened in this node's image. */
    public OptionalLong hardenedSeq(String vvol) {
        Optional<Image> image = find(vvol);
        return image.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(image.get().hardened().seq());
    }

    void active(int partition, boolean isActive) {
        if (isActive) {
            activePartitions.add(partition);
        } else {
            activePartitions.remove(partition);
        }
    }

    /** The partitions whose images are the site's here, and not only stand by. */
    public Set<Integer> activePartitions() {
        return Set.copyOf(activePartitions);
    }

    /** The partitions of which this node has hot copies, which follow another node. */
    public Set<Integer> hotPartitions() {
        return stores.keySet().stream()
                .filter(partition -> !isActive(partition))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether this node, and none of the site's others, answers for a partition's images. */
    public boolean isActive(int partition) {
        return activePartitions.contains(partition);
    }
}
