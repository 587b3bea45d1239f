package dev.farshore.apply.store;

import java.util.List;

/** Told of the open stores of a node, and of their needs. Threading: any thread. */
public interface StoreListener {
    void onOpened(ImageStore store);

    void onClosed(ImageStore store);

    /** A store has a replica that is behind, or an image that is mixed or to be compared. */
    void onLogWanted();

    /** Tells all of them. */
    static StoreListener all(StoreListener... listeners) {
        List<StoreListener> all = List.of(listeners);
        return new StoreListener() {
            @Override
            public void onOpened(ImageStore store) {
                all.forEach(listener -> listener.onOpened(store));
            }

            @Override
            public void onClosed(ImageStore store) {
                all.forEach(listener -> listener.onClosed(store));
            }

            @Override
            public void onLogWanted() {
                all.forEach(StoreListener::onLogWanted);
            }
        };
    }
}
