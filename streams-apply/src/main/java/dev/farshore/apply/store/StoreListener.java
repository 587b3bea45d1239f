package dev.farshore.apply.store;

/** Looks after the open stores of a node. Threading: any thread. */
public interface StoreListener {
    void add(ImageStore store);

    void remove(ImageStore store);

    /** A store has a volume that is behind, or an image that is mixed or to be compared. */
    void wake();

    /** Tells all of them. */
    static StoreListener all(StoreListener... watches) {
        return new StoreListener() {
            @Override
            public void add(ImageStore store) {
                for (StoreListener watch : watches) {
                    watch.add(store);
                }
            }

            @Override
            public void remove(ImageStore store) {
                for (StoreListener watch : watches) {
                    watch.remove(store);
                }
            }

            @Override
            public void wake() {
                for (StoreListener watch : watches) {
                    watch.wake();
                }
            }
        };
    }
}
