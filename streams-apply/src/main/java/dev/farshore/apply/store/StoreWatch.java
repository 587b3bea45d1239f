package dev.farshore.apply.store;

/** Looks after the open stores of a node. Threading: any thread. */
public interface StoreWatch {
    void add(ImageStore store);

    void remove(ImageStore store);

    /** A store has a volume that is behind, or an image that is mixed. */
    void wake();
}
