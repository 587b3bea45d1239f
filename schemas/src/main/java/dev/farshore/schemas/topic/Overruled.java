package dev.farshore.schemas.topic;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records of a topic that do not count: others came first. Thread-safe; the reader's thread notes
 * them in the order of the topic.
 */
final class Overruled {
    /** More records than can come between a record and its writer's question. */
    private static final int MAX_RECORDS = 1_000;

    private final LinkedHashSet<Place> places = new LinkedHashSet<>();

    /** Keys whose newest record does not count. */
    private final Set<String> overshadowed = new TreeSet<>();

    private record Place(int partition, long offset) {}

    /**
     * @param isHarmless it says what counts anyway, so that whoever believes it is not wrong
     */
    synchronized void add(int partition, long offset, String key, boolean isHarmless) {
        places.add(new Place(partition, offset));
        if (places.size() > MAX_RECORDS) {
            places.removeFirst();
        }
        if (isHarmless) {
            overshadowed.remove(key);
        } else {
            overshadowed.add(key);
        }
    }

    /** The newest record of a key counts. */
    synchronized void settled(String key) {
        overshadowed.remove(key);
    }

    synchronized boolean contains(int partition, long offset) {
        return places.contains(new Place(partition, offset));
    }

    synchronized Set<String> overshadowed() {
        return overshadowed.isEmpty() ? Set.of() : Set.copyOf(overshadowed);
    }
}
