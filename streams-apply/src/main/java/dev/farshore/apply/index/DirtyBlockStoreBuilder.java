package dev.farshore.apply.index;

import org.apache.kafka.streams.state.StoreBuilder;

import java.util.Map;
import java.util.function.Supplier;

/** Gives Streams a new {@link DirtyBlockStore} for each task; there is nothing to choose. */
public final class DirtyBlockStoreBuilder implements StoreBuilder<DirtyBlockStore> {
    private final Supplier<DirtyBlockStore> stores;

    public DirtyBlockStoreBuilder(Supplier<DirtyBlockStore> stores) {
        this.stores = stores;
    }

    @Override
    public DirtyBlockStore build() {
        return stores.get();
    }

    @Override
    public String name() {
        return DirtyBlockStore.NAME;
    }

    @Override
    public StoreBuilder<DirtyBlockStore> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<DirtyBlockStore> withCachingDisabled() {
        return this;
    }

    @Override
    public StoreBuilder<DirtyBlockStore> withLoggingEnabled(Map<String, String> config) {
        return this;
    }

    @Override
    public StoreBuilder<DirtyBlockStore> withLoggingDisabled() {
        return this;
    }

    @Override
    public Map<String, String> logConfig() {
        return Map.of();
    }

    /** No topic beside the headers. */
    @Override
    public boolean loggingEnabled() {
        return false;
    }
}
