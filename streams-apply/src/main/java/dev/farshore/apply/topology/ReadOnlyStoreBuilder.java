package dev.farshore.apply.topology;

import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.state.StoreBuilder;

import java.util.Map;
import java.util.function.Supplier;

/**
 * Gives Streams a new store for each task. There is nothing to choose: the store has no cache, and
 * no changelog beside the topic it is made from.
 */
final class ReadOnlyStoreBuilder<S extends StateStore> implements StoreBuilder<S> {
    private final String name;
    private final Supplier<S> stores;

    ReadOnlyStoreBuilder(String name, Supplier<S> stores) {
        this.name = name;
        this.stores = stores;
    }

    @Override
    public S build() {
        return stores.get();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public StoreBuilder<S> withCachingEnabled() {
        return this;
    }

    @Override
    public StoreBuilder<S> withCachingDisabled() {
        return this;
    }

    @Override
    public StoreBuilder<S> withLoggingEnabled(Map<String, String> config) {
        return this;
    }

    @Override
    public StoreBuilder<S> withLoggingDisabled() {
        return this;
    }

    @Override
    public Map<String, String> logConfig() {
        return Map.of();
    }

    @Override
    public boolean loggingEnabled() {
        return false;
    }
}
